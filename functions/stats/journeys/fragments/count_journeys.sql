-- The ways that visits take which start in the range, the most usual first: how many visitors and visits (y) take each among
-- those that were read, beside all visits that start in the range (x) and all that take any way (z), and how these go together for each
-- visitor. Events of the half hour before the range tell which visits were under way. For a caller who is held to some events, `all
-- visits` are those that have one of these.
with {visits}seen as (
    select event.visitor, event."timestamp" as at, event.event_id, {node} as node,
        event.engaged_ms is null and {is_node} and {passes} as is_asked,
        {anchors} as anchors,
        {shown} as is_shown,
        event."timestamp" - lag(event."timestamp") over (partition by event.visitor order by event."timestamp")
            > interval '30 minutes' as starts_visit
    from events as event
    {visit_joined}
    where event.site_id = :site_id and event."timestamp" >= cast(:start as timestamptz)
        and event."timestamp" < cast(:after as timestamptz) and event.is_counted and event.visitor is not null
        {events_sampled}
), placed as (
    select *, count(*) filter (where starts_visit) over (partition by visitor order by at) as visit
    from seen
), started as (
    select visitor, visit
    from placed
    group by visitor, visit
    having min(at) >= cast(:first as timestamptz) and bool_or(is_shown)
), asked as (
    select visitor, visit, at, event_id, node,
        bool_or(anchors) over (
            partition by visitor, visit order by at {direction}, event_id {direction} rows unbounded preceding
        ) as is_on_the_way
    from placed
    where is_asked and node is not null
), moved as (
    select *, lag(node) over (partition by visitor, visit order by at {direction}, event_id {direction})
        is distinct from node as is_move
    from asked
    where is_on_the_way
), journeys as (
    select visitor, trim_array(
        array_agg(node order by at {direction}, event_id {direction}),
        cast(greatest(0, count(*) - cast(:depth as int)) as int)
    ) as nodes
    from moved join started using (visitor, visit)
    where is_move
    group by visitor, visit
), by_visitor as (
    select visitor, nodes, count(*) as y
    from journeys
    group by visitor, nodes
), all_by_visitor as (
    select visitor, x, coalesce(z, 0) as z
    from (select visitor, count(*) as x from started group by visitor) as every
    left join (select visitor, count(*) as z from journeys group by visitor) as taking using (visitor)
), ways as (
    select nodes, count(*) as visitors, sum(y) as y, sum(y * y) as yy, sum(x * y) as xy
    from by_visitor join all_by_visitor using (visitor)
    group by nodes
), page as (
    select *, count(*) over () as total
    from ways
    order by y desc, nodes
    limit cast(:most as int)
), sums as (
    select coalesce(sum(x), 0) as x, coalesce(sum(z), 0) as z, coalesce(sum(x * x), 0) as xx, coalesce(sum(z * z), 0) as zz,
        coalesce(sum(x * z), 0) as xz
    from all_by_visitor
)
select cast(array_to_json(nodes) as text), visitors, cast(y as bigint), cast(yy as bigint), cast(xy as bigint), cast(x as bigint),
    cast(z as bigint), cast(xx as bigint), cast(zz as bigint), cast(xz as bigint), coalesce(total, 0)
from sums left join page on true
order by page.y desc, page.nodes
