-- Replace the payload of a rejected event with an edited one; the original is kept.
update rejected_events
set original = case when original = '' then payload else original end, payload = :payload
where site_id = :site_id and source = :source
