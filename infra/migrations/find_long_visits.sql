-- The sites with visits that are longer than sites.longest_visit says where nobody has set it, and how long they are.
select site_id, cast(make_interval(secs => max(extract(epoch from "end" - start))) as text)
from visits
where "end" - start > interval '192 hours'
group by site_id
