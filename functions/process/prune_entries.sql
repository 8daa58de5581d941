-- Forget entries of these shards that were accepted long ago, a bounded number of them. Each shard's old ones are one range
-- of the key, `<shard>:` to `<shard>:<milliseconds>`. Another processor's prune takes others.
with deleted as (
    delete from processed_entries where entry = any(array(
        select old.entry
        from json_array_elements_text(cast(:shards as json)) as shard (name) cross join lateral (
            select entry from processed_entries
            where entry >= (shard.name || ':') collate "C"
                and entry < (shard.name || ':' || cast(cast(:before as bigint) * 60000 as text)) collate "C"
            order by entry limit cast(:most as bigint)
            for update skip locked
        ) as old
        limit cast(:most as bigint)
    ))
    returning entry
)
select count(*) from deleted
