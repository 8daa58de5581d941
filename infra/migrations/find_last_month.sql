-- The end of the last month that has a partition of events: no visit begins later.
select max(substring(pg_get_expr(relpartbound, oid) from $re$TO \('([^']+)$re$))
from pg_class join pg_inherits on inhrelid = oid
where inhparent = to_regclass('events')
