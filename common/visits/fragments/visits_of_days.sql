-- The visits of `wanted` (site, visitor, local day) that touch these days or half an hour around them, and
-- maybe a few more. The clock may change at midnight, so three more hours are added on both sides.
-- Each step goes back by one visit in the order of the whole key, so only the primary key can be used. With little
-- statistics the planner would choose visits_start, and read all visits of the site in that time.
found as (
    select previous.visit, first
    from (
        select site_id, visitor,
            least(cast(day as timestamp) at time zone time_zone, cast(day as timestamp) at time zone next_time_zone)
                - interval '3.5 hours' as first,
            greatest(
                cast(day + 1 as timestamp) at time zone time_zone, cast(day + 1 as timestamp) at time zone next_time_zone
            ) + interval '3.5 hours' as last
        from wanted join sites using (site_id)
    ) as span
    cross join lateral (
        select visits as visit from visits
        where (site_id, visitor, start) < (span.site_id, span.visitor, span.last)
        order by site_id desc, visitor desc, start desc limit 1
    ) as previous
    where (previous.visit).site_id = span.site_id and (previous.visit).visitor = span.visitor
        and (previous.visit)."end" >= first
    union all
    select previous.visit, first
    from found cross join lateral (
        select visits as visit from visits
        where (site_id, visitor, start) < ((found.visit).site_id, (found.visit).visitor, (found.visit).start)
        order by site_id desc, visitor desc, start desc limit 1
    ) as previous
    where (previous.visit).site_id = (found.visit).site_id and (previous.visit).visitor = (found.visit).visitor
        and (previous.visit)."end" >= first
),
{known_visits}
