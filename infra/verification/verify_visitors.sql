-- Every derived id whose visitor differs from the recount, and every row of visitor_links that does.
with recursive
{recount_visitors}
select 'events' as aggregate, site_id, min(cast("timestamp" at time zone 'UTC' as date)) as date,
    'visitor of ' || own as key, concat_ws(' ', visitor, sample) as kept, concat_ws(' ', root, fresh_sample) as recomputed
from (
    select raw_event.*, cast(hashtextextended(root, 0) & 1048575 as integer) as fresh_sample
    from (
        select raw_event.*, coalesce(root, own) as root
        from raw_event left join joined on joined.site_id = raw_event.site_id and joined.visitor = own
    ) as raw_event
) as event
where (visitor, sample) is distinct from (root, fresh_sample)
group by site_id, own, visitor, sample, root, fresh_sample
union all
select 'visitor_links', site_id, null, visitor, concat_ws(' ', kept.root, kept.continues),
    concat_ws(' ', fresh.root, fresh.continues)
from (select * from visitor_links where cast(:site_id as text) is null or site_id = :site_id) as kept
full join joined as fresh using (site_id, visitor)
where (kept.root, kept.continues) is distinct from (fresh.root, fresh.continues)
