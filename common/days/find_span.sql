-- From when to when events may belong to a closed day of a site, as far as what was seen of them is not there again.
-- No row: the day is open. Its row is locked. The clock may change at midnight, hence the hours around.
select cast(coalesce(day.rebuilt_until, first - interval '3 hours') as text),
    cast(last + interval '3 hours' as text)
from closed_days as day join sites using (site_id) cross join lateral (
{span}
) as span
where day.site_id = :site_id and day.date = cast(:date as date)
for update of day
