-- What is set of sites, of those where it matters to ingest.
select site_id, coalesce(settings, '{}'), coalesce(is_paused, false), removal.site_id is not null
from site_settings full join site_removals as removal using (site_id)
where settings <> '{}' or is_paused or removal.site_id is not null
