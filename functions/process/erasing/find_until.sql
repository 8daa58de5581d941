-- Until when (included) a site's next so many events go, from some time on; null: that many there are not. Of more at one
-- moment until the next one.
with far as (
    select "timestamp" as at from events
    where site_id = :site_id and "timestamp" >= cast(:since as timestamptz)
        and "timestamp" < cast(:after as timestamptz)
    order by "timestamp" offset cast(:most as integer) limit 1
)
select cast(case
    when at is null or at > cast(:since as timestamptz) then at
    else (
        select min("timestamp") from events
        where site_id = :site_id and "timestamp" > cast(:since as timestamptz)
    )
end as text)
from (select (select at from far) as at) as found
