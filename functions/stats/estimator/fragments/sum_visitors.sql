-- What all visitors did together; of a sample the moments, too.
counted as (
    select value, count(visitor) filter (where is_seen) as visitors,
        {sums}
    from by_visitor
    where value is not null
    group by value
    {restriction}
)
