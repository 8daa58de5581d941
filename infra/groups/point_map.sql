-- The slot is where it was moved to. From here on it is looked for there.
update slots set group_name = moving_to, leaving = group_name, moving_to = null
where slot = cast(:slot as smallint) and moving_to is not null
