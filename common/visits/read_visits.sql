-- The visits of the given visitors on the given local days.
with recursive wanted as (
    select site_id collate "C" as site_id, visitor collate "C" as visitor, cast(day as date) as day
    from rows from (
        json_array_elements_text(cast(:sites as json)), json_array_elements_text(cast(:visitors as json)),
        json_array_elements_text(cast(:days as json))
    ) as one (site_id, visitor, day)
),
{visits_of_days}
select rows from known_visits
