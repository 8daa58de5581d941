-- An operator wants a message to be sent again. Not one of which an erasure left nothing.
update outbox set state = 'waiting', attempts = 0, due_at = now(), fault = ''
where message_id = :message_id and state in ('failed', 'unknown') and cast(content as text) <> '{}'
returning 1
