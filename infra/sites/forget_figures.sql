-- Delete the figures that depend on a site's time zone, before they are rebuilt.
with forgotten_values as (
    delete from daily_values where site_id = :site_id
)
delete from rollups where site_id = :site_id
