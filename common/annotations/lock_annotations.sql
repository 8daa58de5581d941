-- Two that are made at a time are counted one after the other.
select pg_advisory_xact_lock(hashtextextended('annotations ' || :site_id, 0))
