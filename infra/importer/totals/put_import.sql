-- Keep an import, in the place of one with the same content; no row where the site is being deleted.
insert into imports (site_id, import_id, title, contents)
select :site_id, :import_id, :title, cast(:contents as jsonb)
where not exists (select from site_removals where site_id = :site_id)
on conflict (site_id, import_id) do update set title = excluded.title, contents = excluded.contents, created_at = excluded.created_at
returning import_id
