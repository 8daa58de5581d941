-- The visits of `wanted` (site, visitor, local day) that touch these days or half an hour around them, and
-- maybe a few more. The clock may change at midnight, so three more hours are added on both sides.
-- Each step goes back by one visit in the order of the whole key. What is said of start beside that says nothing more of a
-- visitor's own visits: it leaves out partitions.
found as (
    select previous.visit, first, least
    from (
        select site_id, visitor, first, first - longest_visit as least, last
        from wanted join sites using (site_id) cross join lateral (
            select
                least(cast(day as timestamp) at time zone time_zone, cast(day as timestamp) at time zone next_time_zone)
                    - interval '3.5 hours' as first,
                greatest(
                    cast(day + 1 as timestamp) at time zone time_zone,
                    cast(day + 1 as timestamp) at time zone next_time_zone
                ) + interval '3.5 hours' as last
        ) as day_of
    ) as span
    cross join lateral (
        select visits as visit from visits
        where (site_id, visitor, start) < (span.site_id, span.visitor, span.last)
            and (site_id, visitor, start) >= (span.site_id, span.visitor, least) and start >= least and start < span.last
        order by site_id desc, visitor desc, start desc limit 1
    ) as previous
    where (previous.visit)."end" >= first
    union all
    select previous.visit, first, least
    from found cross join lateral (
        select visits as visit from visits
        where (site_id, visitor, start) < ((found.visit).site_id, (found.visit).visitor, (found.visit).start)
            and (site_id, visitor, start) >= ((found.visit).site_id, (found.visit).visitor, least)
            and start >= least and start < (found.visit).start
        order by site_id desc, visitor desc, start desc limit 1
    ) as previous
    where (previous.visit)."end" >= first
),
{known_visits}
