-- Give a site's visits the local days of its new time zone; all else of them stays as it is.
with
{recount_visits}
update visits set parts = recounted_visits.parts
from recounted_visits
where visits.site_id = recounted_visits.site_id and visits.visitor = recounted_visits.visitor
    and visits.start = recounted_visits.start and visits.parts is distinct from recounted_visits.parts
