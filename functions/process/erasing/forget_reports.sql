-- Forget what reports of a site say that were not sent: they may name what was erased. One that waits is made anew.
update outbox set content = '{}' where site_id = :site_id and message_id like 'report:%' and state <> 'sent'
