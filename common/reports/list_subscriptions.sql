-- Everybody who gets reports.
select subscription_id, site_id, period, address, created_at, secret from report_subscriptions order by site_id, period, address
