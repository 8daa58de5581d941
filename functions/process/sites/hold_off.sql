-- Let no site be deleted to the end, and no slot be moved away, until this transaction is over; then the sites that are
-- being deleted, the slots that are not here (one row, or none), and the erasures that new events have to be compared
-- with: what is asked for, or null for those that are done. Two statements: the second sees what was committed while the
-- first waited.
select '', '', null where cast(pg_advisory_xact_lock_shared(7201007) as text) is null; -- no row
select 'removed', site_id, cast(null as jsonb) from site_removals
union all
select 'absent', string_agg(cast(slot as text), ','), null from absent_slots having count(*) > 0
union all
select 'erasing', site_id, asked from erasures where done_at is null or guarded_until > now()
