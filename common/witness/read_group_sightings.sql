-- What other groups' databases are known to remember of the queue, of groups that have slots.
select group_name, stream, shard, at_ms, settled from group_sightings
where group_name in (select group_name from slots)
