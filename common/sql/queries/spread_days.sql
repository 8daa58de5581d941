-- The local days in the range that a visit touches.
cross join lateral (
    select first + number as date
    from (
        select cast(greatest(visit.start, cast(:start as timestamptz)) at time zone cast(:own_zone as text) as date)
                as first,
            cast(least(visit."end", cast(:after as timestamptz) - interval '1 microsecond')
                at time zone cast(:own_zone as text) as date) as last
    ) as touched
    cross join lateral generate_series(0, last - first) as number
) as day
