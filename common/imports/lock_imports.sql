-- Imports of a site are made and removed one after the other.
select pg_advisory_xact_lock(hashtextextended('imports ' || :site_id, 0))
