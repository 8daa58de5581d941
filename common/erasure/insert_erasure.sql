-- Write a wish to erase events of a site; returns its id. Nothing where too many are waiting.
insert into erasures (site_id, asked)
select :site_id, cast(:asked as jsonb)
where (select count(*) from erasures where site_id = :site_id and done_at is null) < cast(:most as integer)
returning id
