cast(count(*) filter (where is_view) as integer) as page_views,
        cast(count(*) filter (where is_event) as integer) as events,
        cast(count(*) filter (where not is_event) as integer) as reports, sum(engaged_ms) as engaged_ms,
        cast(count(*) filter (where is_first_report) as integer) as engaged_views, sum(gained) as scrolled
