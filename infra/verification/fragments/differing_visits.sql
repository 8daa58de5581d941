-- Goes after recount_quarters.sql. Every visit and quarter hour that differs from its recount from the events, and sites
-- that have no row.
select 'visits' as aggregate, site_id, cast(start at time zone 'UTC' as date) as date,
    concat_ws(' ', visitor, start) as key,
    case when kept.start_id is not null then cast(row(kept."end", kept.start_id, kept.sample, kept.page_views,
        kept.events, kept.interactions, {engagement_kept}, kept.entry, kept.entry_at, kept.exit, kept.exit_at, kept.parts,
        {attributes_kept}) as text) end as kept,
    case when fresh.start_id is not null then cast(row(fresh."end", fresh.start_id, fresh.sample, fresh.page_views,
        fresh.events, fresh.interactions, {engagement_fresh}, fresh.entry, fresh.entry_at, fresh.exit, fresh.exit_at,
        fresh.parts, {attributes_fresh}) as text) end as recomputed
from (select * from visits where cast(:site_id as text) is null or site_id = :site_id) as kept
full join recounted_visits as fresh using (site_id, visitor, start)
where (kept."end", kept.start_id, kept.sample, kept.page_views, kept.events, kept.interactions, {engagement_kept},
    kept.entry, kept.entry_at, kept.exit, kept.exit_at, kept.parts, {attributes_kept})
    is distinct from
    (fresh."end", fresh.start_id, fresh.sample, fresh.page_views, fresh.events, fresh.interactions, {engagement_fresh},
    fresh.entry, fresh.entry_at, fresh.exit, fresh.exit_at, fresh.parts, {attributes_fresh})
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
