-- The queue came back with less than was seen.
insert into queue_losses (stream, shard, cause, from_ms, until_ms, about)
values (:queue, :shard, :cause, :from_ms, :until_ms, :about)
