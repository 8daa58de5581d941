-- The shards whose entries are remembered, as a JSON array. The next one is one look into the index, past `<shard>;`: what
-- is to be kept is never read.
with recursive shard (name) as (
    (select split_part(entry, ':', 1) from processed_entries order by entry limit 1)
    union all
    select next.name
    from shard cross join lateral (
        select split_part(entry, ':', 1) as name from processed_entries
        where entry > shard.name || ';' order by entry limit 1
    ) as next
)
select coalesce(cast(json_agg(name) as text), '[]') from shard
