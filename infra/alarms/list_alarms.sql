-- Every alarm.
select alarm_id, site_id, kind, target, threshold, created_at, firing_since, secret from alarms order by site_id, kind, target
