-- Make the visits again that forget_visits.sql has deleted; when the last one ends. Those that begin in the half hour
-- before may be cut: they are not inserted.
with
{recount_visits}
, due as materialized (
    select * from recounted_visits
    where start >= cast(:first as timestamptz) and start < cast(:until as timestamptz)
        or (visitor, start) in (
            select (value ->> 0) collate "C", cast(value ->> 1 as timestamptz)
            from json_array_elements(cast(:going_on as json))
        )
), repaired as (
    insert into visits (
        site_id, visitor, start, "end", start_id, sample, page_views, events, interactions, {engagement}, entry,
        entry_at, exit, exit_at, parts, {attributes}
    )
    select site_id, visitor, start, "end", start_id, sample, page_views, events, interactions, {engagement}, entry,
        entry_at, exit, exit_at, parts, {attributes}
    from due order by site_id, visitor, start
)
select coalesce(max("end") > cast(:before as timestamptz) - interval '30 minutes', false) from due
