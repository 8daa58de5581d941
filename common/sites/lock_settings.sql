-- Read what is set of a site, and keep others from changing it until the transaction ends.
select name, hostnames, currency, settings, is_public, is_paused,
    exists (select from site_removals where site_id = :site_id)
from site_settings where site_id = :site_id for update
