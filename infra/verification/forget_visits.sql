-- Delete a site's visits that begin within a step, and those that may go on in it: new events may have joined them with
-- what was wrong there. These are returned, and from when on events have to be read for all.
with around as materialized (
    select distinct visitor from events
    where site_id = :site_id and visitor is not null
        and "timestamp" >= cast(:first as timestamptz) - interval '30 minutes' and "timestamp" < cast(:first as timestamptz)
), going_on as materialized (
    select visit.visitor, visit.start
    from around cross join lateral (
        select visitor, start, "end" from visits
        where site_id = :site_id and visits.visitor = around.visitor and start < cast(:first as timestamptz)
        order by start desc limit 1
    ) as visit
    where visit."end" >= cast(:first as timestamptz) - interval '30 minutes'
), forgotten as (
    delete from visits
    where site_id = :site_id and (
        start >= cast(:first as timestamptz) and start < cast(:until as timestamptz)
        or (visitor, start) in (select visitor, start from going_on)
    )
)
select cast(least(cast(:first as timestamptz), min(start)) - interval '30 minutes' as text),
    coalesce(cast(json_agg(json_build_array(visitor, cast(start as text))) as text), '[]')
from going_on
