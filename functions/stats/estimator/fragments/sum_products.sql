-- For the error of a sample: sums of squares and products over those drawn; an event without a visitor is one of them.
array[
    sum(case when visitor is null then page_views else page_views * cast(page_views as double precision) end),
    sum(case when visitor is null then events else events * cast(events as double precision) end),
    sum(visits * cast(visits as double precision)),
    sum(bounces * cast(bounces as double precision)),
    sum(bounces * cast(visits as double precision)),
    sum(cast(duration_ms as double precision) * cast(duration_ms as double precision)),
    sum(cast(duration_ms as double precision) * visits),
    sum(case when visitor is null then 0 else page_views * cast(visits as double precision) end)
]
