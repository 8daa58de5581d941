-- Wait until every batch that may not have seen an erasure is over: see hold_off.sql.
set local lock_timeout = '1s'; select pg_advisory_xact_lock(7201007)
