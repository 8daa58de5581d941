-- Delete the filtered events of a site in a span of time (its end included) for which all that is given holds. Returns
-- them as take_events.sql does, as far as they are remembered, and how many they are.
with taken as (
    delete from filtered_events
    where site_id = :site_id and "timestamp" >= cast(:since as timestamptz) and "timestamp" <= cast(:until as timestamptz)
        and (cast(:start as timestamptz) is null or "timestamp" >= cast(:start as timestamptz))
        and (cast(:after as timestamptz) is null or "timestamp" < cast(:after as timestamptz))
        and (cast(:user_id as text) is null or cast(payload as json) ->> 'user_id' = :user_id)
        and (cast(:path as text) is null or cast(payload as json) ->> 'path' = :path)
        and (cast(:event_id as uuid) is null or event_id = cast(:event_id as uuid))
    returning event_id
)
select coalesce(cast(json_agg(taken) as text), '[]'), count(*) from taken
