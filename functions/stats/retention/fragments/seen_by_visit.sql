-- When visitors were seen, by their visits: a visit has an event in every period that it touches, for none is shorter than
-- the longest gap within a visit.
seen as (
    select visit.visitor,
        width_bucket(greatest(visit.start, cast(:start as timestamptz)), cast(:bounds as timestamptz[])) as first_period,
        width_bucket(least(visit."end", cast(:last as timestamptz)), cast(:bounds as timestamptz[])) as last_period,
        true as returns
    from active as visit
    where {passes}
)
