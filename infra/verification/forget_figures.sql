-- Delete everything that follows from the events of a site, before it is made again. Closed days stay closed.
with forgotten_visits as (
    delete from visits where site_id = :site_id
), forgotten_rollups as (
    delete from rollups where site_id = :site_id
), forgotten_values as (
    delete from daily_values where site_id = :site_id
), forgotten_quarters as (
    delete from quarter_stats where site_id = :site_id
), forgotten_days as (
    delete from daily_stats where site_id = :site_id
), forgotten_paths as (
    delete from daily_paths where site_id = :site_id
), forgotten_users as (
    delete from daily_users where site_id = :site_id
), closed as (
    update closed_days set rebuilt_until = null, rebuilt_at = null where site_id = :site_id and rebuilt_until is not null
)
delete from visitor_links where site_id = :site_id
