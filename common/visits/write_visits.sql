-- Write visits, and apply the changes to the figures.
-- Each parameter is a column, as a JSON array; times are microseconds since 1970.
with visit as materialized (
    select site_id collate "C" as site_id, visitor collate "C" as visitor,
        timestamptz 'epoch' + cast(start as bigint) * interval '1 microsecond' as start,
        timestamptz 'epoch' + cast("end" as bigint) * interval '1 microsecond' as "end",
        cast(start_id as uuid) as start_id, cast(page_views as integer) as page_views,
        cast(events as integer) as events, cast(interactions as integer) as interactions,
        cast(reports as integer) as reports, cast(engaged_ms as bigint) as engaged_ms,
        cast(engaged_views as integer) as engaged_views, cast(scrolled as bigint) as scrolled,
        entry, timestamptz 'epoch' + cast(entry_at as bigint) * interval '1 microsecond' as entry_at,
        exit, timestamptz 'epoch' + cast(exit_at as bigint) * interval '1 microsecond' as exit_at,
        cast(parts as jsonb) as parts,
        {attributes}
    from rows from (
        json_array_elements_text(cast(:site_id as json)), json_array_elements_text(cast(:visitor as json)),
        json_array_elements_text(cast(:start as json)), json_array_elements_text(cast(:end as json)),
        json_array_elements_text(cast(:start_id as json)), json_array_elements_text(cast(:page_views as json)),
        json_array_elements_text(cast(:events as json)), json_array_elements_text(cast(:interactions as json)),
        json_array_elements_text(cast(:reports as json)), json_array_elements_text(cast(:engaged_ms as json)),
        json_array_elements_text(cast(:engaged_views as json)), json_array_elements_text(cast(:scrolled as json)),
        json_array_elements_text(cast(:entry as json)),
        json_array_elements_text(cast(:entry_at as json)), json_array_elements_text(cast(:exit as json)),
        json_array_elements_text(cast(:exit_at as json)), json_array_elements_text(cast(:parts as json)),
        {attribute_parameters}
    ) as column_of (
        site_id, visitor, start, "end", start_id, page_views, events, interactions, {engagement}, entry, entry_at, exit,
        exit_at, parts,
        {attributes}
    )
), written as (
    insert into visits (
        site_id, visitor, start, "end", start_id, sample, page_views, events, interactions, {engagement}, entry, entry_at,
        exit, exit_at, parts,
        {attributes}
    )
    select site_id, visitor, start, "end", start_id, cast(hashtextextended(visitor, 0) & 1048575 as integer),
        page_views, events, interactions, {engagement}, entry, entry_at, exit, exit_at, parts,
        {attributes}
    from visit
    order by site_id, visitor, start
    on conflict (site_id, visitor, start) do update set
        "end" = excluded."end", start_id = excluded.start_id, page_views = excluded.page_views,
        events = excluded.events, interactions = excluded.interactions, {engagement_excluded}, entry = excluded.entry, entry_at = excluded.entry_at, exit = excluded.exit,
        exit_at = excluded.exit_at, parts = excluded.parts,
        {attributes_excluded}
), counted_quarters as (
    insert into quarter_stats as kept (site_id, at, page_views, events, visits, bounces, duration_ms)
    select site_id collate "C", to_timestamp(cast(quarter as bigint) * 900), 0, 0, cast(visits as bigint),
        cast(bounces as bigint), cast(duration_ms as bigint)
    from rows from (
        json_array_elements_text(cast(:quarter_sites as json)), json_array_elements_text(cast(:quarters as json)),
        json_array_elements_text(cast(:quarter_visits as json)),
        json_array_elements_text(cast(:quarter_bounces as json)),
        json_array_elements_text(cast(:quarter_durations as json))
    ) as change (site_id, quarter, visits, bounces, duration_ms)
    order by 1, 2
    on conflict (site_id, at) do update set
        visits = kept.visits + excluded.visits,
        bounces = kept.bounces + excluded.bounces,
        duration_ms = kept.duration_ms + excluded.duration_ms
), change as (
    select site_id collate "C" as site_id, dimension collate "C" as dimension, cast(day as date) as day,
        value collate "C" as value, cast(page_views as bigint) as page_views, cast(events as bigint) as events,
        cast(visits as bigint) as visits, cast(bounces as bigint) as bounces,
        cast(duration_ms as bigint) as duration_ms, cast(visitor_days as bigint) as visitor_days,
        cast(reports as bigint) as reports, cast(engaged_ms as bigint) as engaged_ms,
        cast(engaged_views as bigint) as engaged_views, cast(scrolled as bigint) as scrolled
    from rows from (
        json_array_elements_text(cast(:change_sites as json)), json_array_elements_text(cast(:change_dimensions as json)),
        json_array_elements_text(cast(:change_days as json)), json_array_elements_text(cast(:change_values as json)),
        json_array_elements_text(cast(:change_page_views as json)),
        json_array_elements_text(cast(:change_events as json)), json_array_elements_text(cast(:change_visits as json)),
        json_array_elements_text(cast(:change_bounces as json)),
        json_array_elements_text(cast(:change_durations as json)),
        json_array_elements_text(cast(:change_visitor_days as json)),
        json_array_elements_text(cast(:change_reports as json)),
        json_array_elements_text(cast(:change_engaged_ms as json)),
        json_array_elements_text(cast(:change_engaged_views as json)),
        json_array_elements_text(cast(:change_scrolled as json))
    ) as column_of (
        site_id, dimension, day, value, page_views, events, visits, bounces, duration_ms, visitor_days, {engagement}
    )
)
insert into rollups as kept (
    site_id, dimension, grain, date, value, page_views, events, visits, bounces, duration_ms, visitor_days, {engagement}
)
select site_id, dimension, grain, date, value, sum(page_views), sum(events), sum(visits), sum(bounces),
    sum(duration_ms), sum(visitor_days), {engagement_sums}
from change cross join lateral (
    values ('day' collate "C", day), ('month', cast(date_trunc('month', day) as date))
) as period (grain, date)
group by site_id, dimension, grain, date, value
order by site_id, dimension, grain, date, value
on conflict (site_id, dimension, grain, date, value) do update set
    page_views = kept.page_views + excluded.page_views,
    events = kept.events + excluded.events,
    visits = kept.visits + excluded.visits,
    bounces = kept.bounces + excluded.bounces,
    duration_ms = kept.duration_ms + excluded.duration_ms,
    visitor_days = kept.visitor_days + excluded.visitor_days,
    {engagement_added}
