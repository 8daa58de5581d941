-- Delete an alarm.
delete from alarms where alarm_id = :alarm_id returning 1
