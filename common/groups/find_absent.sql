-- Whether a slot is not in this database: a row if so.
select slot from absent_slots where slot = cast(:slot as smallint)
