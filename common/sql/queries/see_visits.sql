-- Who was seen by the visits, somebody on a visit in each bucket that it touches.
seen as (
    select distinct {group} as value, visit.visitor, 0 as day
    from active as visit
    {spread}
)
