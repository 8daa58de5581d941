-- One subscription.
select subscription_id, site_id, period, address, created_at, secret from report_subscriptions where subscription_id = :subscription_id
