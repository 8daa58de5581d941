-- Whether there is a site, and whether it is being deleted.
select exists (select from site_settings where site_id = :site_id) or exists (select from sites where site_id = :site_id),
    exists (select from site_removals where site_id = :site_id)
