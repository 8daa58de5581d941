-- The queue, or a database, came back with less than was seen.
insert into queue_losses (stream, shard, cause, from_ms, until_ms, about, group_name)
values (:queue, :shard, :cause, :from_ms, :until_ms, :about, :group)
