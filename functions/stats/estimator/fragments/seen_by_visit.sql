-- Who was seen by the visits, somebody on a visit in each bucket that it touches, and how many visits each began there.
seen as (
    select {group} as value, visit.visitor, count(*) filter (where {is_start}) as x
    from active as visit
    {spread}
    where true
        {conditions}
    group by 1, 2
)
