-- How many visitors were seen; of their control variate x (days, or visits) the sum and the second moment.
counted as (
    select value, count(*) as visitors, cast(sum(x) as double precision) as visitors_x,
        sum(x * cast(x as double precision)) as visitors_xx
    from seen
    where value is not null
    group by value
)
