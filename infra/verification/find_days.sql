-- The first and last local day of a step, in the site's time zone and in the one to come.
select cast(cast(least(first at time zone time_zone, first at time zone next_time_zone) as date) as text),
    cast(cast(greatest(last at time zone time_zone, last at time zone next_time_zone) as date) as text)
from sites, (
    select cast(:first as timestamptz) as first, cast(:until as timestamptz) - interval '1 microsecond' as last
) as step
where site_id = :site_id
