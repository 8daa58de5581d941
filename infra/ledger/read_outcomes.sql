-- Outcomes of the events that were accepted in a range of minutes (the last one excluded).
select site_id, cast(extract(epoch from minute) as bigint) / 60, outcome, reason, events from outcomes
where minute >= to_timestamp(cast(:first as bigint) * 60) and minute < to_timestamp(cast(:after as bigint) * 60)
