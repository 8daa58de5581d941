-- An operator wants a message to be sent again.
update outbox set state = 'waiting', attempts = 0, due_at = now(), fault = ''
where message_id = :message_id and state in ('failed', 'unknown')
returning 1
