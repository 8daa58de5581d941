-- All visits of the given visitors.
with found as (
    select visits as visit
    from rows from (
        json_array_elements_text(cast(:sites as json)), json_array_elements_text(cast(:visitors as json))
    ) as one (site_id, visitor)
    join visits using (site_id, visitor)
),
{known_visits}
select rows from known_visits
