-- The next days of which daily_values or daily_users hold something, and whether that is to go: the day is closed, or is
-- due to be.
with recursive
{kept_days}
select site_id, cast(date as text), exists (
    select from closed_days where closed_days.site_id = day.site_id and closed_days.date = day.date
) or coalesce((
    select {is_due}
    from sites cross join lateral (
{span}
    ) as span
    where sites.site_id = day.site_id
), false)
from (select * from day limit cast(:most as integer)) as day
