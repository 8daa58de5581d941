-- Delete what depends on a site's time zone, before it is made anew.
with forgotten_values as (
    delete from daily_values where site_id = :site_id
)
delete from rollups where site_id = :site_id
