-- Close every day of which daily_values or daily_users hold something. The caller keeps everybody else from them.
with recursive
{kept_days}
insert into closed_days (site_id, date)
select site_id, date from day
on conflict (site_id, date) do update set rebuilt_until = null, rebuilt_at = null
