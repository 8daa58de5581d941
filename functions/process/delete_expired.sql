-- Delete what was set aside of a site and is older than it keeps, a bounded number of each.
with old_filtered as (
    delete from filtered_events where ctid = any(array(
        select ctid from filtered_events where site_id = :site_id and "timestamp" < cast(:cut as timestamptz)
        limit cast(:most as integer)
        for update skip locked
    ))
)
delete from rejected_events where ctid = any(array(
    select ctid from rejected_events where site_id = :site_id and rejected_at < cast(:cut as timestamptz)
    limit cast(:most as integer)
    for update skip locked
))
