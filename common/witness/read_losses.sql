-- Losses that no operator has accepted.
select stream, shard, cause, from_ms, until_ms, about, id, group_name from queue_losses where accepted_at is null order by id
limit 100
