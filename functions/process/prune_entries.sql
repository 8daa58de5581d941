-- Forget entries that were accepted long ago, a bounded number of them. Each shard's old ones are one range of the key,
-- `<shard>:` to `<shard>:<milliseconds>`, and the next shard is one look into the index, past `<shard>;`: what is to be
-- kept is never read. Another processor's prune takes others.
with recursive shard (name) as (
    (select split_part(entry, ':', 1) from processed_entries order by entry limit 1)
    union all
    select next.name
    from shard cross join lateral (
        select split_part(entry, ':', 1) as name from processed_entries
        where entry > shard.name || ';' order by entry limit 1
    ) as next
), deleted as (
    delete from processed_entries where entry = any(array(
        select old.entry
        from shard cross join lateral (
            select entry from processed_entries
            where entry >= shard.name || ':'
                and entry < shard.name || ':' || cast(cast(:before as bigint) * 60000 as text)
            order by entry limit cast(:most as bigint)
            for update skip locked
        ) as old
        limit cast(:most as bigint)
    ))
    returning entry
)
select count(*) from deleted
