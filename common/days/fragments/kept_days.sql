-- Goes after `with recursive`. The days after a given one of which daily_values or daily_users hold something, in order.
-- Each is one look into either index, however many rows it has.
day (site_id, date) as (
    select next.site_id, next.date
    from (
        (
            select site_id, date from daily_values
            where (site_id, date) > (:site_id, cast(:date as date)) order by site_id, date limit 1
        )
        union all
        (
            select site_id, date from daily_users
            where (site_id, date) > (:site_id, cast(:date as date)) order by site_id, date limit 1
        )
        order by site_id, date limit 1
    ) as next
    union all
    select next.site_id, next.date
    from day cross join lateral (
        (
            select site_id, date from daily_values as kept
            where (kept.site_id, kept.date) > (day.site_id, day.date) order by site_id, date limit 1
        )
        union all
        (
            select site_id, date from daily_users as kept
            where (kept.site_id, kept.date) > (day.site_id, day.date) order by site_id, date limit 1
        )
        order by site_id, date limit 1
    ) as next
)
