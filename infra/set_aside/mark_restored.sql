-- Record that a filtered event was queued again.
update filtered_events set restored_at = now()
where site_id = :site_id and "timestamp" = cast(:timestamp as timestamptz) and event_id = cast(:event_id as uuid)
