-- Since when an alarm fires; null: it does not.
update alarms set firing_since = :firing_since where alarm_id = :alarm_id
