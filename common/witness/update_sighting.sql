-- What a shard shows now.
update queue_sightings
set generation = :generation, mark = :mark, at_ms = :at_ms, last_ms = :last_ms, oldest_ms = :oldest_ms,
    accepted = :accepted, queued = :queued, behind = :behind
where stream = :queue and shard = :shard
