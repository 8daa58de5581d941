-- About how many events and visits lie in a range of local days: what a query would have to read.
select coalesce(sum(events), 0), coalesce(sum(visits), 0)
from (
    select events, visits from rollups
    where site_id = :site_id and dimension = '' and grain = 'day' and date >= cast(:first_day as date)
        and date < cast(:first_month as date)
    union all
    select events, visits from rollups
    where site_id = :site_id and dimension = '' and grain = 'month' and date >= cast(:first_month as date)
        and date < cast(:after_month as date)
    union all
    select events, visits from rollups
    where site_id = :site_id and dimension = '' and grain = 'day' and date >= cast(:after_month as date)
        and date < cast(:after_day as date)
) as part
