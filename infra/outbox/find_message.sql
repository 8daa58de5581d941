-- Whether a message was made.
select 1 from outbox where message_id = :message_id
