-- What the events of some visitors brought in, by currency: of those who are drawn, of the heaviest, and what nobody
-- known brought in. Then, without a value, the most that somebody who is not among them brought in, and all of these.
with {tables}bought as materialized (
    select event.visitor, event.currency, sum(abs(cast(event.revenue as double precision))) as amount
    from events as event
    where event.site_id = :site_id and event."timestamp" >= cast(:start as timestamptz)
        and event."timestamp" < cast(:after as timestamptz) and event.is_counted and event.revenue is not null
        and event.visitor is not null
    group by 1, 2
), heavy as materialized (
    select distinct bought.visitor
    from bought
    join (
        select currency, sum(amount) / nullif(cast(:most_heavy as double precision), 0) as least from bought group by 1
    ) as total using (currency)
    where bought.amount >= total.least
), unread as materialized (
    select bought.currency, max(bought.amount) as largest, sum(bought.amount) as total
    from bought
    where cast(hashtextextended(bought.visitor, 0) & 1048575 as integer) >= cast(:sample_below as int)
        and bought.visitor not in (select visitor from heavy)
    group by 1
), found as (
    select {group} as value, event.currency, event.visitor, sum(event.revenue) as amount
    from events as event
    {visit_joined}
    where event.site_id = :site_id and event."timestamp" >= cast(:start as timestamptz)
        and event."timestamp" < cast(:after as timestamptz) and event.is_counted and event.revenue is not null
        and (
            event.visitor is null or event.visitor in (select visitor from heavy)
            -- the sample number, which the index lacks
            or cast(hashtextextended(event.visitor, 0) & 1048575 as integer) < cast(:sample_below as int)
        )
        {conditions}
        {restriction}
    group by 1, 2, 3
), judged as (
    select value, currency, amount, visitor is null or visitor in (select visitor from heavy) as is_certain
    from found
)
select value, currency, coalesce(sum(amount) filter (where is_certain), 0) as certain,
    coalesce(sum(amount) filter (where not is_certain), 0) as drawn,
    cast(coalesce(sum(amount * amount) filter (where not is_certain), 0) as double precision) as squares,
    cast(0 as double precision) as largest, cast(0 as double precision) as total
from judged
group by value, currency
union all
select null, currency, 0, 0, 0, largest, total from unread
