-- Begin a subscription, unless it is there.
insert into report_subscriptions (subscription_id, site_id, period, address, secret)
values (:subscription_id, :site_id, :period, :address, :secret)
on conflict (site_id, period, address) do nothing
returning subscription_id
