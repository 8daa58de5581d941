-- Forget events that were filtered long ago, a bounded number of them.
with deleted as (
    delete from filtered_events where ctid = any(array(
        select ctid from filtered_events
        where received_at < now() - cast(:days as integer) * interval '1 day'
        limit cast(:most as bigint)
        for update skip locked
    ))
    returning received_at
)
select count(*) from deleted
