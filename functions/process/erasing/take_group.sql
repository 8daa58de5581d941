-- Delete all events of the visitors that some derived ids are joined to, and that they are joined: who is one visitor has
-- to be found again. Returns the events as a JSON array, and as they would be queued, and how many they are.
with root as materialized (
    select distinct root from visitor_links
    where site_id = :site_id and visitor in (select value collate "C" from json_array_elements_text(cast(:own as json)))
), span as materialized (
    select visitor, start, "end" from visits where site_id = :site_id and visitor in (select root from root)
), taken as (
    delete from events using span
    where site_id = :site_id and events.visitor = span.visitor and "timestamp" between start and "end"
    returning events.*
), separated as (
    delete from visitor_links where site_id = :site_id and root in (select root from root)
    returning visitor
), awaited as (
    delete from crossings where site_id = :site_id and visitor in (select visitor from separated)
)
select coalesce(cast(json_agg(taken) as text), '[]'), coalesce(cast(json_agg(json_build_object(
    'site_id', site_id, 'timestamp', "timestamp", 'event_id', event_id, 'event_type', event_type, 'path', path,
    'visitor_id', visitor_id, 'previous_visitor_id', previous_visitor_id, 'hostname', hostname, 'title', title,
    {attribute_members},
    'props', props, 'revenue', case
        when revenue is not null then json_build_object('amount', cast(revenue as text), 'currency', currency)
    end,
    'engaged_ms', engaged_ms, 'scroll_depth', scroll_depth, 'scroll_depth_before', scroll_depth_before,
    'interactive', is_interactive
)) as text), '[]'), count(*)
from taken
