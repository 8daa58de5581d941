-- Forget what became of events that were accepted long ago, a bounded number of rows at a time.
with old_entries as (
    delete from processed_entries where ctid = any(array(
        select ctid from processed_entries
        where entry < split_part(entry, ':', 1) || ':' || cast(cast(:before as bigint) * 60000 as text)
        limit 20000
    ))
)
delete from outcomes where ctid = any(array(
    select ctid from outcomes where minute < to_timestamp(cast(:before as bigint) * 60) limit 20000
))
