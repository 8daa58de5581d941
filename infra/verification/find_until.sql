-- Until when the next step of a repair goes, from some time on: it has at most so many events or is one UTC day.
with first as (
    select min("timestamp") as at from events where site_id = :site_id and "timestamp" >= cast(:since as timestamptz)
), enough as (
    select "timestamp" as at from events where site_id = :site_id and "timestamp" >= cast(:since as timestamptz)
    order by "timestamp" offset cast(:most as integer) limit 1
)
select cast(case when enough.at is null then 'infinity' else greatest(
    date_trunc('day', first.at, 'UTC') + interval '1 day', date_trunc('day', enough.at, 'UTC')
) end as text)
from first left join enough on true
