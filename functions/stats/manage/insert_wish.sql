-- Write a wish to count filtered events of a site, unless too many are waiting; whether it was written.
with made as (
    insert into filtered_restores (site_id, reason, start, after)
    select :site_id, :reason, cast(:start as timestamptz), cast(:after as timestamptz)
    where (select count(*) from filtered_restores where site_id = :site_id) < cast(:most as int)
    returning 1
)
select exists (select from made)
