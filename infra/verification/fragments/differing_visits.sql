-- Goes after recount_quarters.sql. Every visit and quarter hour that differs from its recount from the events, and sites
-- that have no row.
select 'visits' as aggregate, site_id, cast(start at time zone 'UTC' as date) as date,
    concat_ws(' ', visitor, start) as key, cast(kept.facts as text) as kept, cast(fresh.facts as text) as recomputed
from (
    select site_id, visitor, start, row("end", start_id, cast(sample as bigint), cast(page_views as bigint),
        cast(events as bigint), cast(interactions as bigint), cast(reports as bigint), cast(engaged_ms as bigint),
        cast(engaged_views as bigint), cast(scrolled as bigint), entry, entry_at, exit, exit_at, parts,
        {attributes}) as facts
    from visits where cast(:site_id as text) is null or site_id = :site_id
) as kept
full join (
    select site_id, visitor, start, row("end", start_id, cast(sample as bigint), cast(page_views as bigint),
        cast(events as bigint), cast(interactions as bigint), cast(reports as bigint), cast(engaged_ms as bigint),
        cast(engaged_views as bigint), cast(scrolled as bigint), entry, entry_at, exit, exit_at, parts,
        {attributes}) as facts
    from recounted_visits
) as fresh using (site_id, visitor, start)
where kept.facts is distinct from fresh.facts
union all
select 'quarter_stats', site_id, cast(at at time zone 'UTC' as date), cast(at as text),
    concat_ws(', ', kept.page_views, kept.events, kept.visits, kept.bounces, kept.duration_ms, {engagement_kept}),
    concat_ws(', ', fresh.page_views, fresh.events, fresh.visits, fresh.bounces, fresh.duration_ms, {engagement_fresh})
from (select * from quarter_stats where cast(:site_id as text) is null or site_id = :site_id) as kept
full join recounted_quarters as fresh using (site_id, at)
where (kept.page_views, kept.events, kept.visits, kept.bounces, kept.duration_ms, {engagement_kept})
    is distinct from (fresh.page_views, fresh.events, fresh.visits, fresh.bounces, fresh.duration_ms, {engagement_fresh})
union all
select 'sites', site_id, null, 'time_zone', null, 'events'
from (select distinct site_id from events) as stored left join sites using (site_id)
where sites.site_id is null and (cast(:site_id as text) is null or site_id = :site_id)
union all
select 'events', site_id, null, 'counted', cast(count(*) as text) || ' are not (analytics migrate)', 'all'
from events
where not is_counted and (cast(:site_id as text) is null or site_id = :site_id)
group by site_id
