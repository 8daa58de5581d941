-- The sites that have events.
select site_id, time_zone, changed_at from sites order by site_id
