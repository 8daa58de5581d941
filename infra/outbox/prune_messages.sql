-- Forget messages that were settled long ago.
delete from outbox
where state not in ('waiting', 'sending') and created_at < now() - :days * interval '1 day'
