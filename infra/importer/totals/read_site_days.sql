-- The time zone of a site's days, and the quarter hour of its own first event.
select
    coalesce((select time_zone from sites where site_id = :site_id), 'UTC'),
    (select min(at) from quarter_stats where site_id = :site_id)
