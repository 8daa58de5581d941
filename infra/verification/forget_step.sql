-- Delete a site's figures of the quarter hours and UTC days of a step.
with forgotten_quarters as (
    delete from quarter_stats
    where site_id = :site_id and at >= cast(:first as timestamptz) and at < cast(:until as timestamptz)
), step as (
    select cast(cast(:first as timestamptz) at time zone 'UTC' as date) as first,
        cast(cast(:until as timestamptz) at time zone 'UTC' as date) as until
), forgotten_days as (
    delete from daily_stats using step
    where site_id = :site_id and date >= step.first and date < step.until
), forgotten_paths as (
    delete from daily_paths using step
    where site_id = :site_id and date >= step.first and date < step.until
)
delete from daily_users using step
where site_id = :site_id and date >= step.first and date < step.until
