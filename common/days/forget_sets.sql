-- Delete a bounded number of the rows that are kept of these days, where they are closed and nobody is opening them.
-- The caller has locked their sites. A day whose opening was given up an hour ago is closed as any other.
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
        select kept.ctid from day join daily_values as kept using (site_id, date) limit cast(:most as integer)
    ))
    returning 1
), forgotten_users as (
    delete from daily_users where ctid = any(array(
        select kept.ctid from day join daily_users as kept using (site_id, date) limit cast(:most as integer)
    ))
    returning 1
)
select (select count(*) from forgotten_values) + (select count(*) from forgotten_users)
