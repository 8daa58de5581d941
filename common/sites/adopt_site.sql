-- Let a site that has events, and that nobody set up, be changed.
insert into site_settings (site_id) select site_id from sites where site_id = :site_id on conflict do nothing
