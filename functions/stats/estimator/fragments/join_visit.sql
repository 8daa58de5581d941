-- An event's visit: the one that its visitor began last.
left join lateral (
    select * from visits
    where site_id = :site_id and visitor = event.visitor and start <= event."timestamp"
    order by start desc limit 1
) as visit on true
