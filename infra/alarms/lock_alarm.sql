-- An alarm, which nobody else changes until this transaction ends.
select alarm_id, site_id, kind, target, threshold, created_at, firing_since, secret from alarms where alarm_id = :alarm_id
for update
