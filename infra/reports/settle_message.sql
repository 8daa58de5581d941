-- What became of a message that was claimed.
update outbox set state = :state, fault = :fault, due_at = now() + :wait_seconds * interval '1 second'
where message_id = :message_id and state = 'sending'
