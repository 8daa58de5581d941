-- The first sighting of a shard; no row where there was one before.
insert into queue_sightings (stream, shard, generation, mark, at_ms, last_ms, oldest_ms, accepted, queued, behind)
values (:queue, :shard, :generation, :mark, :at_ms, :last_ms, :oldest_ms, :accepted, :queued, :behind)
on conflict do nothing
returning 1
