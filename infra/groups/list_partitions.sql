-- The partitions of events.
select cast(relname as text) from pg_inherits join pg_class on pg_class.oid = inhrelid
where inhparent = to_regclass('events')
order by relname
