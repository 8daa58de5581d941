-- Let no site be deleted to the end, and no slot be moved away, until this transaction is over; then the sites that are
-- being deleted, and the slots that are not here. Two statements: the second sees what was committed while the first
-- waited.
select '', null where cast(pg_advisory_xact_lock_shared(7201007) as text) is null; -- no row
select site_id, cast(null as smallint) from site_removals
union all
select '', slot from absent_slots
