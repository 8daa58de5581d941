-- What a query needs to know of a site: zeros and nulls for one without events.
select
    site.time_zone,
    coalesce(site.version, 0),
    case when site.version > 0 then site.changed_at end, -- a site that was made has no figures yet
    (select min(at) from quarter_stats where site_id = :site_id),
    exists (select from visits where site_id = :site_id and visitor >= 'd' and visitor < 'e')
from (values (1)) as one
left join sites as site on site.site_id = :site_id
