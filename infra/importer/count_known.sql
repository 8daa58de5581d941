-- How many of these events are already stored, or filtered as bot traffic or spam.
select count(*)
from unnest(cast(:timestamps as timestamptz[]), cast(:event_ids as uuid[])) as given (at, event_id)
where exists (
    select from events
    where events.site_id = :site_id and events."timestamp" = given.at and events.event_id = given.event_id
) or exists (
    select from filtered_events as filtered
    where filtered.site_id = :site_id and filtered."timestamp" = given.at and filtered.event_id = given.event_id
)
