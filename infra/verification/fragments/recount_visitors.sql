-- Goes after `with recursive`. The visitors that derived ids stand for, recounted from the events of one site, or of
-- all sites (site_id null).
raw_event as materialized (
    select site_id, "timestamp", event_id, visitor, sample, 'd' || visitor_id as own, 'd' || previous_visitor_id as previous
    from events
    where visitor_id is not null and (cast(:site_id as text) is null or site_id = :site_id)
), crossing as materialized (
    select site_id, previous, "timestamp", own from raw_event where previous <> own
), marked as (
    -- events under two ids, each with the number of events of its previous id within half an hour before or after
    select site_id, own, previous,
        count(is_previous) over (
            partition by site_id, previous order by "timestamp"
            range between interval '30 minutes' preceding and interval '30 minutes' following
        ) as near
    from (
        select site_id, previous, "timestamp", own, cast(null as boolean) as is_previous from crossing
        union all
        select site_id, own, "timestamp", null, true from raw_event
        where (site_id, own) in (select site_id, previous from crossing)
    ) as around
), link as materialized (
    select distinct site_id, own as visitor, previous from marked where own is not null and near > 0
), edge as materialized (
    select site_id, visitor as one, previous as other from link
    union
    select site_id, previous, visitor from link
), reached as (
    -- each id spreads to the greater ids that it is linked with, so the smallest of a group reaches all of it
    select distinct site_id, one as visitor, one as least from edge
    union
    select site_id, other, least
    from reached join edge using (site_id)
    where one = visitor and least < other
), grouped as (
    select site_id, visitor, min(least) as least, (site_id, visitor) in (select site_id, visitor from link) as continues
    from reached group by site_id, visitor
), joined as materialized (
    select site_id, visitor, continues, coalesce(
        min(visitor) filter (where not continues) over (partition by site_id, least), least
    ) as root
    from grouped
)
