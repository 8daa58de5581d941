-- Update the local days of a site's visits in a span of time. Nothing else about them changes.
with
{recount_visits}
update visits set parts = recounted_visits.parts
from recounted_visits
where visits.site_id = recounted_visits.site_id and visits.visitor = recounted_visits.visitor
    and visits.start = recounted_visits.start and visits."end" = recounted_visits."end" -- not cut by the span's ends
    and visits.parts is distinct from recounted_visits.parts
