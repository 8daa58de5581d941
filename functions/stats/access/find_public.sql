-- Those of some sites that are public. All public ones are read, so that the time is the same for a site that is not
-- public and for one that is not there.
with open_sites as materialized (select site_id from site_settings where is_public)
select site_id from open_sites where site_id = any (cast(:sites as text[]))
