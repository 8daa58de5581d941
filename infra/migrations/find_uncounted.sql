-- The first site that has uncounted events.
select site_id from events where not is_counted order by site_id limit 1
