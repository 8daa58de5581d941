-- Put an edited payload in the place of the one that was there; the first one is kept.
update rejected_events
set original = case when original = '' then payload else original end, payload = :payload
where site_id = :site_id and source = :source
