-- As find_until.sql, of events that were set aside.
with far as (
    select "timestamp" as at from filtered_events
    where site_id = :site_id and "timestamp" >= cast(:since as timestamptz)
    order by "timestamp" offset cast(:most as integer) limit 1
)
select cast(case
    when at is null or at > cast(:since as timestamptz) then at
    else (
        select min("timestamp") from filtered_events
        where site_id = :site_id and "timestamp" > cast(:since as timestamptz)
    )
end as text)
from (select (select at from far) as at) as found
