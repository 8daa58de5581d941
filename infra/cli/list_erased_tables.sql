-- The tables that held what was erased, quoted, as far as they are ours to tidy up. A partitioned table stands for its
-- partitions.
select cast(cast(pg_class.oid as regclass) as text) from pg_class
where relnamespace = to_regnamespace(quote_ident(current_schema())) and relkind in ('r', 'p') and not relispartition
    and pg_has_role(relowner, 'usage')
    and relname in (
        'events', 'visits', 'rollups', 'daily_values', 'daily_users', 'daily_paths', 'daily_stats', 'quarter_stats',
        'visitor_links', 'crossings', 'filtered_events', 'rejected_events', 'erasures', 'outbox'
    )
order by 1
