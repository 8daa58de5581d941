-- Forget events that were filtered long ago, a bounded number of them at a time.
delete from filtered_events where ctid = any(array(
    select ctid from filtered_events
    where received_at < now() - cast(:days as integer) * interval '1 day'
    limit 20000
))
