-- Have the ids of a table begin at a number.
select setval(pg_get_serial_sequence(:table, 'id'), cast(:first as bigint))
