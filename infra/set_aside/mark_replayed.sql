-- Record that a rejected event was queued again.
update rejected_events set replayed_at = now() where site_id = :site_id and source = :source
