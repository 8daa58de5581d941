-- For the share of what is known of all: the sums of what those drawn have of that, of its squares, and its products
-- with what is counted. Visits of an event's dimension are known as no more than its events.
array[
    cast(sum(all_page_views) as double precision), cast(sum(all_events) as double precision),
    cast(sum({kept_visits}) as double precision), cast(sum({kept_bounces}) as double precision),
    cast(sum(all_duration_ms) as double precision),
    sum(case when visitor is null then all_page_views else all_page_views * cast(all_page_views as double precision) end),
    sum(case when visitor is null then all_events else all_events * cast(all_events as double precision) end),
    sum(case when visitor is null then {kept_visits} else {kept_visits} * cast({kept_visits} as double precision) end),
    sum(case when visitor is null then {kept_bounces} else {kept_bounces} * cast({kept_bounces} as double precision) end),
    sum(all_duration_ms * cast(all_duration_ms as double precision)),
    sum(case when visitor is null then page_views else all_page_views * cast(page_views as double precision) end),
    sum(case when visitor is null then events else all_events * cast(events as double precision) end),
    sum({kept_visits} * cast(visits as double precision)),
    sum({kept_bounces} * cast(bounces as double precision)),
    sum(all_duration_ms * cast(duration_ms as double precision))
]
