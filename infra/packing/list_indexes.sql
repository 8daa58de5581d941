-- Indexes that are worth rebuilding. Of these tables alone: whoever writes them has locked the site, so no two insert the
-- same key at the same time, of which `on conflict` takes no notice while an index is swapped.
select format('%s', cast(indexrelid as regclass)), pg_relation_size(indexrelid)
from pg_index join pg_class on pg_class.oid = indrelid left join pg_inherits on inhrelid = indrelid
where relkind = 'r' and indisvalid and pg_relation_size(indexrelid) >= cast(:least as bigint)
    and coalesce(inhparent, indrelid) in (
        to_regclass('events'), to_regclass('visits'), to_regclass('rollups'), to_regclass('quarter_stats'),
        to_regclass('daily_paths')
    )
order by 1
