-- Note that a slot is being moved, and since when.
insert into slots as kept (slot, group_name, moving_to, moving_since)
values (cast(:slot as smallint), :source, :target, now())
on conflict (slot) do update set moving_to = excluded.moving_to, moving_since = excluded.moving_since
