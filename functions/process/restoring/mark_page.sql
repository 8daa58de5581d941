-- Record that these events were counted after all, and let the wish go on from the last of them.
with done as (
    update filtered_events as kept set restored_at = now()
    from json_to_recordset(cast(:keys as json)) as one ("timestamp" timestamptz, event_id uuid)
    where kept.site_id = :site_id and kept."timestamp" = one."timestamp" and kept.event_id = one.event_id
    returning kept."timestamp"
)
update filtered_restores set start = greatest(start, (select max("timestamp") from done)) where id = :wish
