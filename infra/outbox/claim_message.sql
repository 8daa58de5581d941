-- Claim the message that is due longest.
update outbox set state = 'sending', claimed_at = now(), attempts = attempts + 1
where message_id = (
    select message_id from outbox where state = 'waiting' and due_at <= now()
    order by due_at, message_id limit 1
    for update skip locked
)
returning message_id, site_id, target, content, repeats, secret, attempts
