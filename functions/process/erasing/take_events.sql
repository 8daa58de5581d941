-- Delete the first so many events of a site in a span of time (its end included) for which all that is given holds.
-- Returns them as a JSON array, how many they are, the time of the last, and the derived ids among their visitors.
with chosen as materialized (
    select "timestamp", event_id from events
    where site_id = :site_id and "timestamp" >= cast(:since as timestamptz) and "timestamp" <= cast(:until as timestamptz)
        and "timestamp" < cast(:after as timestamptz)
        and (cast(:user_id as text) is null or user_id = :user_id)
        and (cast(:path as text) is null or path = :path)
        and (cast(:event_id as uuid) is null or event_id = cast(:event_id as uuid))
    order by "timestamp", event_id
    limit cast(:most as integer)
), taken as (
    delete from events using chosen
    where events.site_id = :site_id and events."timestamp" = chosen."timestamp" and events.event_id = chosen.event_id
        and events."timestamp" >= cast(:since as timestamptz) and events."timestamp" <= cast(:until as timestamptz)
    returning events.*
)
select coalesce(cast(json_agg(taken) as text), '[]'), count(*), cast(max("timestamp") as text),
    coalesce(json_agg(distinct 'd' || visitor_id) filter (where visitor_id is not null), '[]')
from taken
