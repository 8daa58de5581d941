-- The latest messages, without what they say.
select message_id, site_id, target, state, attempts, due_at, fault, created_at from outbox
order by created_at desc, message_id limit :most
