-- What became of a message that was claimed. What was sent is not kept: it may name what is erased later.
update outbox set
    state = :state, fault = :fault, due_at = now() + :wait_seconds * interval '1 second',
    content = case when :state = 'sent' then '{}' else content end
where message_id = :message_id and state = 'sending'
