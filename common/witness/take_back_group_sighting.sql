-- A group's database has gone back: a row for the one who is to record that, no row if somebody else has done so.
update group_sightings set at_ms = :reached, settled = :settled
where group_name = :group and stream = :queue and shard = :shard and at_ms > :reached
returning at_ms
