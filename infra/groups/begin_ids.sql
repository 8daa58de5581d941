-- Have the ids of a table begin at a number, unless they are beyond it.
select setval(
    pg_get_serial_sequence(:table, 'id'),
    greatest(cast(:first as bigint), (select last_value from pg_sequences
        where schemaname = current_schema() and sequencename = :table || '_id_seq'))
)
