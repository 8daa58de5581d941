-- Close those of these days that are due. The caller has locked their sites.
insert into closed_days (site_id, date)
select day.site_id, day.date
from (
    select site_id collate "C" as site_id, cast(date as date) as date
    from rows from (
        json_array_elements_text(cast(:sites as json)), json_array_elements_text(cast(:dates as json))
    ) as one (site_id, date)
) as day
join sites using (site_id)
cross join lateral (
{span}
) as span
where {is_due}
order by 1, 2
on conflict do nothing
