-- An operator takes note of all losses.
update queue_losses set accepted_at = now(), note = :note where accepted_at is null
returning stream, shard, cause, from_ms, until_ms, about, id, group_name
