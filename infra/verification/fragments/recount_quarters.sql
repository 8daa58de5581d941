-- Goes after recount_visits.sql. Recounts quarter_stats from the events and visits.
recounted_quarters as (
    -- in which a visit starts, there is an event
    select site_id, at, page_views, events, coalesce(visits, 0) as visits, coalesce(bounces, 0) as bounces,
        coalesce(duration_ms, 0) as duration_ms, nullif(reports, 0) as reports, nullif(engaged_ms, 0) as engaged_ms,
        nullif(engaged_views, 0) as engaged_views, nullif(scrolled, 0) as scrolled
    from (
        select site_id, date_bin('15 minutes', "timestamp", timestamptz 'epoch') as at, {counted}
        from local_event group by 2, 1
    ) as seen
    left join (
        select site_id, date_bin('15 minutes', start, timestamptz 'epoch') as at, count(*) as visits,
            sum(bounces) as bounces, sum(duration_ms) as duration_ms
        from recounted_visits group by 2, 1
    ) as begun using (site_id, at)
)
