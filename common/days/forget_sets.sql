-- Delete a bounded number of the rows that are kept of these days, where they are closed and nobody is opening them.
-- Returns how many of daily_values, the last day of these, and the same of daily_users. The caller has locked the sites.
-- Earlier days come first; the order within a day has them found by their key, not by a scan of the table. A
-- day whose opening was given up an hour ago is closed as any other.
with day as materialized (
    select closed_days.site_id, closed_days.date
    from closed_days join (
        select site_id collate "C" as site_id, cast(date as date) as date
        from rows from (
            json_array_elements_text(cast(:sites as json)), json_array_elements_text(cast(:dates as json))
        ) as one (site_id, date)
    ) as wanted using (site_id, date)
    where rebuilt_until is null or rebuilt_at < now() - interval '1 hour'
), given_up as (
    update closed_days set rebuilt_until = null, rebuilt_at = null
    from day
    where closed_days.site_id = day.site_id and closed_days.date = day.date and rebuilt_until is not null
), forgotten_values as (
    delete from daily_values where ctid = any(array(
        select old.ctid
        from (select site_id, date from day order by site_id, date) as day cross join lateral (
            select ctid from daily_values as kept where kept.site_id = day.site_id and kept.date = day.date
            order by site_id, date, key limit cast(:most as integer)
        ) as old
        limit cast(:most as integer)
    ))
    returning site_id, date
), forgotten_users as (
    delete from daily_users where ctid = any(array(
        select old.ctid
        from (select site_id, date from day order by site_id, date) as day cross join lateral (
            select ctid from daily_users as kept where kept.site_id = day.site_id and kept.date = day.date
            order by site_id, date, user_id limit cast(:most as integer)
        ) as old
        limit cast(:most as integer)
    ))
    returning site_id, date
)
select (select count(*) from forgotten_values),
    (select max(array[site_id, cast(date as text)]) from forgotten_values),
    (select count(*) from forgotten_users), (select max(array[site_id, cast(date as text)]) from forgotten_users)
