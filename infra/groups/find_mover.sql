-- Whether somebody holds the lock under which slots are moved.
select exists (
    select from pg_locks
    where locktype = 'advisory' and classid = 0 and objid = cast(:lock as bigint)::oid and objsubid = 1 and granted
        and database = (select oid from pg_database where datname = current_database())
)
