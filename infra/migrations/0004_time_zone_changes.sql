-- A site's time zone changes step by step: what happened before rebuilt_until is counted by next_time_zone already.
alter table sites
    add column next_time_zone text, -- null while nothing changes
    add column rebuilt_until timestamptz;

-- The day on which an event of a site counts.
create function local_day(at timestamptz, time_zone text, next_time_zone text, rebuilt_until timestamptz) returns date
language sql immutable parallel safe
return cast(case when at < rebuilt_until then at at time zone next_time_zone else at at time zone time_zone end as date);
