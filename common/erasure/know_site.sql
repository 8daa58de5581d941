-- Whether there is a site.
select exists (select from site_settings where site_id = :site_id) or exists (select from sites where site_id = :site_id)
