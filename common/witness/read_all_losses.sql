-- All losses, the accepted ones too.
select stream, shard, cause, from_ms, until_ms, about, id, group_name from queue_losses order by id
