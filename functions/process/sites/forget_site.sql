-- Delete the last that is known of a site, after all else is gone: also who may see it.
with aliases as (delete from site_aliases where site_id = :site_id),
own as (delete from site_settings where site_id = :site_id),
figures as (delete from sites where site_id = :site_id)
delete from site_removals where site_id = :site_id and forget_access(:site_id)
