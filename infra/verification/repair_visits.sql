-- Make a site's visits and quarter hours again from its events.
with
{recount_visits}
,
{recount_quarters}
, repaired_quarters as (
    insert into quarter_stats (site_id, at, page_views, events, visits, bounces, duration_ms, {engagement})
    select site_id, at, page_views, events, visits, bounces, duration_ms, {engagement} from recounted_quarters order by 1, 2
)
insert into visits (
    site_id, visitor, start, "end", start_id, sample, page_views, events, interactions, {engagement}, entry,
    entry_at, exit, exit_at, parts, {attributes}
)
select site_id, visitor, start, "end", start_id, sample, page_views, events, interactions, {engagement}, entry,
    entry_at, exit, exit_at, parts, {attributes}
from recounted_visits order by site_id, visitor, start
