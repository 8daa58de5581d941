-- Delete the first so many events of a site in a span of time (its end included) for which all that is given holds.
-- Returns them as a JSON array, how many they are, the time of the last, and those derived ids among their visitors that
-- may be joined to others by them: one came under two ids, or near an event that came under the id and another. All others
-- of a joined visitor, who may have very many, leave it as it is.
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
), seen as materialized (
    select visitor_id, min("timestamp") as first, max("timestamp") as last,
        bool_or(previous_visitor_id is not null) as is_joining
    from taken where visitor_id is not null group by 1
)
select coalesce(cast(json_agg(taken) as text), '[]'), count(*), cast(max("timestamp") as text),
    (
        select coalesce(json_agg('d' || visitor_id), '[]')
        from seen join visitor_links as link on link.site_id = :site_id and link.visitor = 'd' || visitor_id
        where is_joining or exists (
            select from events as other
            where other.site_id = :site_id and other.previous_visitor_id = seen.visitor_id
                and other."timestamp" between first - interval '30 minutes' and last + interval '30 minutes'
        )
    )
from taken
