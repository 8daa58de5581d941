-- Write a wish to erase events of a site; returns its id. Nothing where there is no such site, or too many are waiting.
insert into erasures (site_id, asked)
select :site_id, cast(:asked as jsonb)
where (
        exists (select from site_settings where site_id = :site_id) or exists (select from sites where site_id = :site_id)
    ) and (select count(*) from erasures where site_id = :site_id and done_at is null) < cast(:most as integer)
returning id
