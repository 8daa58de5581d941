-- The erasures that are not done, the oldest first.
select id, site_id, asked from erasures where done_at is null order by id limit 100
