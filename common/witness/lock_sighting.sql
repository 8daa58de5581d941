-- What a shard was last seen to hold; whoever else has seen it waits.
select generation, mark, at_ms, last_ms, oldest_ms, accepted, queued, behind from queue_sightings
where stream = :queue and shard = :shard
for update
