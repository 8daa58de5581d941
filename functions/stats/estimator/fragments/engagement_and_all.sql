-- What reports of engagement add up to among what passes, and what there is in all: columns of a sum over events.
count(*) filter (where event.engaged_ms is not null and {passes}) as reports,
coalesce(sum(event.engaged_ms) filter (where {passes}), 0) as engaged_ms,
count(*) filter (where event.engaged_ms is not null and event.scroll_depth_before is null and {passes})
    as engaged_views,
coalesce(sum({scrolled}) filter (where {passes}), 0) as scrolled,
count(*) filter (where event.event_type = 'page_view' and {is_known}) as all_page_views,
count(*) filter (where event.engaged_ms is null and {is_known}) as all_events,
count(event.engaged_ms) filter (where {is_known}) as all_reports,
coalesce(sum(event.engaged_ms) filter (where {is_known}), 0) as all_engaged_ms,
count(*) filter (where event.engaged_ms is not null and event.scroll_depth_before is null and {is_known})
    as all_engaged_views,
coalesce(sum({scrolled}) filter (where {is_known}), 0) as all_scrolled,
count(*) filter (where {is_known}) as all_occurrences
