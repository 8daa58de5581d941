-- How many were seen, the sum of their days and of the squares of those.
counted as (
    select value, count(*) as visitors, array[sum(days), sum(days * days)] as products
    from (select value, visitor, cast(count(*) as double precision) as days from seen group by value, visitor) as visitor
    where value is not null
    group by value
)
