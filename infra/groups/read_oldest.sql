-- By shard, before when nothing is delivered again: a minute before the oldest entry that waited at the last look, or
-- before that look, if none did.
select shard, min(case when oldest_ms > 0 then oldest_ms else at_ms end) - 60000 from queue_sightings group by shard
