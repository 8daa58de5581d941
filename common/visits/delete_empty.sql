-- Delete the given rows of rollups that have no events left, because a visit now has another exit or began earlier.
delete from rollups using (
    select distinct site_id, dimension, grain, date, value
    from rows from (
        json_array_elements_text(cast(:sites as json)), json_array_elements_text(cast(:dimensions as json)),
        json_array_elements_text(cast(:days as json)), json_array_elements_text(cast(:values as json))
    ) as one (site_id, dimension, day, value)
    cross join lateral (
        values ('day', cast(day as date)), ('month', cast(date_trunc('month', cast(day as date)) as date))
    ) as period (grain, date)
) as reduced
where rollups.site_id = reduced.site_id and rollups.dimension = reduced.dimension and rollups.grain = reduced.grain
    and rollups.date = reduced.date and rollups.value = reduced.value and rollups.events = 0
    and rollups.reports is null
