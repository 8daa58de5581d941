insert into imported_figures
    (site_id, import_id, dimension, date, value, visitors, visits, page_views, events, bounces, duration_ms)
select :site_id, :import_id, part.*
from unnest(
    cast(:dimensions as text[]), cast(:days as date[]), cast(:texts as text[]), cast(:visitors as bigint[]),
    cast(:visits as bigint[]), cast(:page_views as bigint[]), cast(:events as bigint[]), cast(:bounces as bigint[]),
    cast(:duration_ms as bigint[])
) as part
