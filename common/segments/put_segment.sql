-- Make a segment or define it anew; no row where the site has too many.
insert into segments (site_id, name, filters)
select :site_id, :name, :filters
where (select count(*) from segments where site_id = :site_id and name <> :name) < cast(:most as int)
on conflict (site_id, name) do update set filters = excluded.filters
returning name, filters
