-- What the processor does as the owner of the tables, so that it needs no right of its own to it.

-- Makes the partition of events for a month, given by its first day, unless it is there.
create or replace function make_events_partition(month date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    partition text := 'events_' || to_char(month, 'YYYY_MM');
begin
    -- the bounds of common/event.py
    if month is null or month <> date_trunc('month', month) or month < '1970-01-01' or month >= '2200-01-01' then
        raise exception 'no month from 1970 to 2199 begins on %', month;
    end if;
    perform pg_advisory_xact_lock(7201001); -- one at a time
    if to_regclass(partition) is not null then
        return;
    end if;
    -- create … like and attach rather than partition of: inserts into other months go on meanwhile
    execute format('create table %I (like events including defaults)', partition);
    execute format(
        'alter table events attach partition %I for values from (%L) to (%L)',
        partition, month || ' 00:00:00+00', cast(month + interval '1 month' as date) || ' 00:00:00+00'
    );
end
$$;

revoke all on function make_events_partition(date) from public;

-- Takes a site that was deleted from whoever may see it, the last step of functions/process/sites/removal.py. A key of no
-- site any more stays, and opens nothing. The tables come with a later migration.
create or replace function forget_access(removed_site text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    delete from access_roles where site_id = removed_site;
    delete from access_links where site_id = removed_site;
    update access_keys set sites = array_remove(sites, removed_site) where removed_site = any (sites);
    return true;
end
$$;

revoke all on function forget_access(text) from public;
