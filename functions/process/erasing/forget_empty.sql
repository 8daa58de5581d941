-- Delete the rows of figures that count nothing any more, of those that these events were in; `rows`: of rollups.
with erased as materialized (
    select one.*, cast(one."timestamp" at time zone 'UTC' as date) as utc_day
    from json_populate_recordset(cast(null as events), cast(:events as json)) as one
), forgotten_values as (
    delete from rollups as kept using (
        select (value ->> 0) collate "C" as dimension, (value ->> 1) collate "C" as grain,
            cast(value ->> 2 as date) as date, (value ->> 3) collate "C" as value
        from json_array_elements(cast(:rows as json))
    ) as emptied
    where kept.site_id = :site_id and kept.dimension = emptied.dimension and kept.grain = emptied.grain
        and kept.date = emptied.date and kept.value = emptied.value and kept.events = 0 and kept.reports is null
), forgotten_quarters as (
    delete from quarter_stats as kept using (
        select distinct date_bin('15 minutes', "timestamp", timestamptz 'epoch') as at from erased
    ) as touched
    where kept.site_id = :site_id and kept.at = touched.at and events = 0 and reports is null
), forgotten_paths as (
    delete from daily_paths as kept using (select distinct utc_day, path from erased) as touched
    where kept.site_id = :site_id and date = utc_day and kept.path = touched.path and views = 0
)
delete from daily_stats as kept using (select distinct utc_day from erased) as touched
where kept.site_id = :site_id and date = utc_day and not exists (
    select from events
    where events.site_id = :site_id and "timestamp" >= cast(utc_day as timestamp) at time zone 'UTC'
        and "timestamp" < cast(utc_day + 1 as timestamp) at time zone 'UTC'
)
