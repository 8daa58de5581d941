-- A group's database remembers this look. One after which nothing was settled says nothing new.
insert into group_sightings as known (group_name, stream, shard, at_ms, settled)
values (:group, :queue, :shard, :at_ms, :settled)
on conflict (group_name, stream, shard) do update set at_ms = excluded.at_ms, settled = excluded.settled
where known.at_ms < excluded.at_ms and known.settled <> excluded.settled
