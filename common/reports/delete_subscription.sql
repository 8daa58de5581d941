-- End a subscription.
delete from report_subscriptions where subscription_id = :subscription_id
returning subscription_id, site_id, period, address, created_at, secret
