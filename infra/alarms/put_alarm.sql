-- Set an alarm, or the threshold of one.
insert into alarms (alarm_id, site_id, kind, target, secret, threshold)
values (:alarm_id, :site_id, :kind, :target, :secret, :threshold)
on conflict (site_id, kind, target) do update set threshold = excluded.threshold
returning alarm_id, site_id, kind, target, threshold, created_at, firing_since, secret
