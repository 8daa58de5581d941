-- Forget what became of events that were accepted long ago, a bounded number of rows.
with deleted as (
    delete from outcomes where ctid = any(array(
        select ctid from outcomes where minute < to_timestamp(cast(:before as bigint) * 60)
        limit cast(:most as bigint)
        for update skip locked
    ))
    returning minute
)
select count(*) from deleted
