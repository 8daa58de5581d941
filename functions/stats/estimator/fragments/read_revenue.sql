-- What events brought in, by currency.
{tables}
select {group} as value, event.currency, sum(event.revenue)
from events as event
{visit_joined}
where event.site_id = :site_id and event."timestamp" >= cast(:start as timestamptz)
    and event."timestamp" < cast(:after as timestamptz) and event.is_counted and event.revenue is not null
    {conditions}
    {restriction}
group by 1, 2
