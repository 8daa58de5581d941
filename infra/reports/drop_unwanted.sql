-- Reports to those who have unsubscribed since they were made.
delete from outbox
where state = 'waiting' and message_id like 'report:%'
    and split_part(message_id, ':', 2) not in (select subscription_id from report_subscriptions)
