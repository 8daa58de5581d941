-- The last id that each of these tables has given; 0: none.
select coalesce(last_value, 0) from pg_sequences
where schemaname = current_schema() and sequencename in ('erasures_id_seq', 'filtered_restores_id_seq')
