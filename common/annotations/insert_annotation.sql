-- A new annotation; no row where the site has too many.
insert into annotations (site_id, annotation_id, at, text)
select :site_id, :annotation_id, cast(:at as timestamptz), :text
where (select count(*) from annotations where site_id = :site_id) < cast(:most as int)
returning annotation_id, at, text
