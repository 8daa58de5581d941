-- What is to be taken away from a sum.
select value, -page_views as page_views, -events as events, -visits as visits, -bounces as bounces,
    -duration_ms as duration_ms, -visitor_days as visitor_days,
    -reports as reports, -engaged_ms as engaged_ms, -engaged_views as engaged_views, -scrolled as scrolled
from (
    {parts}
) as failing
