-- How many were seen; the sums of what is known of all (their days, or visits) and of its squares.
counted as (
    select value, count(*) as visitors, array[
        cast(sum(known) as double precision), sum(known * cast(known as double precision))
    ] as products
    from seen
    where value is not null
    group by value
)
