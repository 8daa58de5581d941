-- The erasures of a site, or of all (null), the latest first.
select id, site_id, stage, erased, requested_at, done_at from erasures
where cast(:site_id as text) is null or site_id = :site_id
order by id desc limit cast(:most as integer)
