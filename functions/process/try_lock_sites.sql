-- Lock the rows of a batch's sites that nobody else has locked, and wait for none. Returns them.
-- A new site gets a row. Whoever makes it holds an advisory lock meanwhile: two that insert the same row would wait for
-- each other's transactions.
with wanted as materialized (
    select value collate "C" as site_id from json_array_elements_text(cast(:sites as json))
), locked as (
    select site_id from sites where site_id in (select site_id from wanted)
    order by site_id
    for update skip locked
), made as (
    insert into sites (site_id, time_zone, version, changed_at)
    select site_id, :time_zone, 1, clock_timestamp()
    from wanted
    where not exists (select from sites where sites.site_id = wanted.site_id)
        and (now() at time zone :time_zone) is not null -- fails where PostgreSQL does not know it
        and pg_try_advisory_xact_lock(7201003, hashtext(site_id))
    order by site_id
    on conflict do nothing
    returning site_id
)
select site_id from locked union all select site_id from made
