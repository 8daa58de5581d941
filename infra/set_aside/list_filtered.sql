-- One page of the filtered events of a site that were not restored, after a time and id.
select to_char("timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24":"MI":"SS.US"Z"'), event_id, payload
from filtered_events
where site_id = :site_id and restored_at is null
    and (cast(:reason as text) is null or reason = :reason)
    and (cast(:since as timestamptz) is null or "timestamp" >= cast(:since as timestamptz))
    and ("timestamp", event_id) > (cast(:timestamp as timestamptz), cast(:event_id as uuid))
order by "timestamp", event_id
limit cast(:most as int)
