-- What is to be taken away from a sum.
select value, -page_views as page_views, -events as events, -visits as visits, -bounces as bounces,
    -duration_ms as duration_ms, -visitor_days as visitor_days
from (
    {parts}
) as failing
