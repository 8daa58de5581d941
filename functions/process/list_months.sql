-- The partitions of events, the oldest first.
select relname from pg_inherits join pg_class on pg_class.oid = inhrelid
where inhparent = to_regclass('events') order by relname
