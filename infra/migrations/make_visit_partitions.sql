-- Make the partitions of visits for all months that have one of events.
select make_events_partition(cast(substring(pg_get_expr(relpartbound, oid) from $re$FROM \('(\d+-\d+-\d+)$re$) as date))
from pg_class join pg_inherits on inhrelid = oid
where inhparent = to_regclass('events')
order by relname
