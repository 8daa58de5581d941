-- The sites that have events in a month, up to so many, and until when each has expired (null: it keeps all, or is
-- being deleted).
with recursive found (site_id) as (
    (
        select site_id from events
        where "timestamp" >= cast(:start as timestamptz) and "timestamp" < cast(:after as timestamptz)
        order by site_id limit 1
    )
    union all
    select next.site_id from found cross join lateral (
        select site_id from events
        where site_id > found.site_id and "timestamp" >= cast(:start as timestamptz)
            and "timestamp" < cast(:after as timestamptz)
        order by site_id limit 1
    ) as next
)
select site_id, date_trunc(
    'day', (now() - cast(settings ->> 'retention_days' as integer) * interval '1 day') at time zone time_zone
) at time zone case when site_id not in (select site_id from site_removals) then time_zone end
from (select site_id from found limit cast(:most as integer)) as listed
left join sites using (site_id) left join site_settings using (site_id)
order by site_id
