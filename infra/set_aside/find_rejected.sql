-- The rejected event from one place in the stream.
select site_id, source, reason, detail, payload, original, rejected_at, replayed_at from rejected_events
where source = :source
limit 1
