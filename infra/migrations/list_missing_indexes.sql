-- Partitions of events that lack an index of the parent, and the state of that index. null means not built, false means
-- built in part, true means built but not attached.
select partition.relname, name, (
    select indisvalid from pg_index join pg_class as index on index.oid = indexrelid
    where indrelid = partition.oid and index.relname = partition.relname || '_' || name
)
from pg_inherits
join pg_class as partition on partition.oid = inhrelid
cross join json_array_elements_text(cast(:names as json)) as name
where inhparent = cast('events' as regclass) and not exists (
    select from pg_index
    join pg_inherits as attached on attached.inhrelid = indexrelid
    where indrelid = partition.oid and attached.inhparent = to_regclass('events_' || name)
)
order by 1, 2
