-- Delete the last that is known of a site, after all else is gone: also who may see it. A key of no site any more stays,
-- and opens nothing.
with aliases as (delete from site_aliases where site_id = :site_id),
own as (delete from site_settings where site_id = :site_id),
roles as (delete from access_roles where site_id = :site_id),
links as (delete from access_links where site_id = :site_id),
keys as (update access_keys set sites = array_remove(sites, :site_id) where :site_id = any (sites)),
figures as (delete from sites where site_id = :site_id)
delete from site_removals where site_id = :site_id
