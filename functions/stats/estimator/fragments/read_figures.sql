-- One page of the rows, and how many there are.
with {counts}, joined as materialized (
    select {columns}
    from {tables}
    {restriction}
), page as (
    select * from joined
    order by {order}
    limit cast(:most as int) offset cast(:skipped as int)
)
select (select count(*) from joined), page.*
from (values (1)) as one
left join page on true
order by {order}
