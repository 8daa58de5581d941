-- Those of these months, given by their first days, that have a partition of events.
select cast(value as date) from json_array_elements_text(cast(:months as json))
where to_regclass('events_' || to_char(cast(value as date), 'YYYY_MM')) is not null
