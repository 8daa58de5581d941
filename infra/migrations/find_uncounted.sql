-- The first site that has events which are in no figure yet.
select site_id from events where not is_counted order by site_id limit 1
