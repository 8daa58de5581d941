-- Imports of a site are made and removed one after the other; and no site is deleted to the end meanwhile.
select pg_advisory_xact_lock_shared(7201007), pg_advisory_xact_lock(hashtextextended('imports ' || :site_id, 0))
