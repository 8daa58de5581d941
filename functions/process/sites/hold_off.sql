-- Let no site be deleted to the end until this transaction is over; then the sites that are being deleted.
-- Two statements: the second sees what was committed while the first waited.
select '' where cast(pg_advisory_xact_lock_shared(7201007) as text) is null; -- no row
select site_id from site_removals
