-- Who was seen, and on which local days, by the visits: somebody on a visit is seen on each of its days.
stayed as materialized (
    select *,
        cast(greatest(visit.start, cast(:start as timestamptz)) at time zone cast(:own_zone as text) as date) as first,
        cast(least(visit."end", cast(:last as timestamptz)) at time zone cast(:own_zone as text) as date) as last
    from active as visit
    where true
        {conditions}
), seen as (
    select value, visitor, count(*) as x
    from (
        select distinct value, visitor, day
        from (
            select {first_group} as value, visit.visitor, visit.first as day
            from stayed as visit
            union all
            select {next_group}, visit.visitor, visit.first + number
            from stayed as visit
            cross join lateral generate_series(1, visit.last - visit.first) as number
            where visit.last > visit.first
        ) as touched
    ) as day
    group by value, visitor
)
