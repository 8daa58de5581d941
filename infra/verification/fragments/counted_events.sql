count(*) filter (where is_view) as page_views, count(*) filter (where is_event) as events,
        count(*) filter (where not is_event) as reports, sum(engaged_ms) as engaged_ms,
        count(*) filter (where is_first_report) as engaged_views, sum(gained) as scrolled