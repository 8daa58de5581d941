-- Make a message, unless there was one of this id.
insert into outbox (message_id, site_id, target, secret, content, repeats)
values (:message_id, :site_id, :target, :secret, cast(:content as json), :repeats)
on conflict (message_id) do nothing
returning 1
