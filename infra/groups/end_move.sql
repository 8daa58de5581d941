-- Nothing of the slot is left where it was.
update slots set leaving = null, moving_since = null where slot = cast(:slot as smallint)
