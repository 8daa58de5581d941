-- Reports to those who have unsubscribed since they were made, and those of which an erasure left nothing: if they are due
-- still, they are made anew.
delete from outbox
where state = 'waiting' and message_id like 'report:%' and (
    cast(content as text) = '{}'
    or split_part(message_id, ':', 2) not in (select subscription_id from report_subscriptions)
)
