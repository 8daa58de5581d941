-- Note that a slot is being moved.
insert into slots as kept (slot, group_name, moving_to) values (cast(:slot as smallint), :source, :target)
on conflict (slot) do update set moving_to = excluded.moving_to
