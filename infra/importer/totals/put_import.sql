-- Keep an import, in the place of one with the same content.
insert into imports (site_id, import_id, title, contents)
values (:site_id, :import_id, :title, cast(:contents as jsonb))
on conflict (site_id, import_id) do update set title = excluded.title, contents = excluded.contents, created_at = excluded.created_at
