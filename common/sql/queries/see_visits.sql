-- Who was seen, and on which local days, by the visits: somebody on a visit is seen on each of its days.
seen as (
    select distinct {group} as value, visit.visitor, {day} as day
    from active as visit
    {spread}
)
