-- Goes after recount_visits.sql. Recounts quarter_stats from the events and visits.
recounted_quarters as (
    select site_id, at, sum(page_views) as page_views, sum(events) as events, sum(visits) as visits,
        sum(bounces) as bounces, sum(duration_ms) as duration_ms, {engagement_summed}
    from (
        select site_id, date_bin('15 minutes', "timestamp", timestamptz 'epoch') as at,
            count(*) filter (where is_view) as page_views, count(*) filter (where is_event) as events, 0 as visits,
            0 as bounces, 0 as duration_ms, count(*) filter (where not is_event) as reports, sum(engaged_ms) as engaged_ms,
            count(*) filter (where is_first_report) as engaged_views, sum(gained) as scrolled
        from local_event group by 1, 2
        union all
        select site_id, date_bin('15 minutes', start, timestamptz 'epoch'), 0, 0, count(*), sum(bounces),
            sum(duration_ms), 0, 0, 0, 0
        from recounted_visits group by 1, 2
    ) as quarter
    group by site_id, at
)
