-- The page views of a UTC day that did not come from an import. Only imported events have ids of version 8.
select count(*) from events
where site_id = :site_id
    and "timestamp" >= cast(cast(:day as date) as timestamp) at time zone 'UTC'
    and "timestamp" < cast(cast(:day as date) + 1 as timestamp) at time zone 'UTC'
    and event_type = 'page_view' and substr(cast(event_id as text), 15, 1) <> '8'
