-- Wishes to erase events of a site: stats writes them, the processor fulfils them step by step. What was asked for may
-- itself name a person, so it is forgotten with the last step.
create table erasures (
    site_id text collate "C" not null,
    id bigint generated always as identity,
    asked jsonb, -- see common/erasure/criteria.py; null once it is done
    requested_at timestamptz not null default now(),
    stage text collate "C" not null default 'asked'
        check (stage in ('asked', 'events', 'filtered', 'rejected', 'queue', 'done')),
    reached timestamptz not null default '-infinity', -- how far the stage got
    erased bigint not null default 0, -- events
    done_at timestamptz,
    guarded_until timestamptz, -- until then its events, if they are delivered again, are left out
    primary key (site_id, id)
);

-- Which events were erased, by a hash of their ids: one that is delivered again does not come back.
create table erased_events (
    site_id text collate "C" not null,
    key uuid not null, -- md5 of the event's id
    erased_at timestamptz not null default now(),
    primary key (site_id, key)
);
create index erased_events_age on erased_events (erased_at);

alter table outcomes drop constraint outcomes_outcome_check;
alter table outcomes add constraint outcomes_outcome_check
    check (outcome in ('stored', 'duplicate', 'rejected', 'filtered', 'erased')) not valid;

-- Drops the partition of a month, given by its first day, of which no event and no visit is left, and says whether it did.
create function drop_empty_month(month date) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    suffix text := to_char(month, '_YYYY_MM');
    is_dropped boolean := false;
    is_empty boolean;
    kind text;
begin
    if month is null or month <> date_trunc('month', month) then
        raise exception 'no month begins on %', month;
    end if;
    perform pg_advisory_xact_lock(7201001); -- as make_events_partition
    foreach kind in array array['events', 'visits'] loop
        -- what was deleted stays in the file until autovacuum was there: to look through much of it would take long
        if pg_relation_size(to_regclass(kind || suffix)) < 64 * 1024 * 1024 then
            execute format('select not exists (select from %I)', kind || suffix) into is_empty;
            if is_empty then
                execute format('lock table %I in access exclusive mode', kind); -- so that nobody writes it meanwhile
                execute format('select not exists (select from %I)', kind || suffix) into is_empty;
            end if;
            if is_empty then
                execute format('drop table %I', kind || suffix);
                is_dropped := true;
            end if;
        end if;
    end loop;
    return is_dropped;
end
$$;

revoke all on function drop_empty_month(date) from public;

-- Drops the partitions of a month, given by its first day, with all that followed from their events, and says whether it
-- did. The caller has locked the rows of these sites. It does not where another site has events in it; where one of these
-- has any from 38 hours before its end to 14 hours after it: they may be of another day elsewhere, or of a visit that goes
-- on; or where there is an older month. Without those hours nothing of the month reaches beyond it.
create function drop_expired_month(month date, expired_sites text[]) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    suffix text := to_char(month, '_YYYY_MM');
    after date := cast(month + interval '1 month' as date);
    until timestamptz := cast(after as timestamp) at time zone 'UTC';
    refuse text := format($sql$
        with recursive found (site_id) as (
            select min(site_id) from %1$I
            union all
            select (select min(site_id) from %1$I where site_id > found.site_id) from found where site_id is not null
        )
        select exists (
            select from found
            where site_id is not null and (
                not site_id = any($1)
                or exists (
                    select from events as near
                    where near.site_id = found.site_id and "timestamp" >= $2 - interval '38 hours'
                        and "timestamp" < $2 + interval '14 hours'
                )
            )
        )
    $sql$, 'events' || suffix);
    is_refused boolean;
    one text;
begin
    if month is null or month <> date_trunc('month', month) then
        raise exception 'no month begins on %', month;
    end if;
    if to_regclass('events' || suffix) is null or to_regclass('visits' || suffix) is null or exists (
        select from pg_inherits join pg_class on pg_class.oid = inhrelid
        where inhparent = to_regclass('events') and relname < 'events' || suffix
    ) then
        return false;
    end if;
    execute refuse into is_refused using expired_sites, until;
    if is_refused then
        return false;
    end if;
    foreach one in array expired_sites loop
        delete from visits where site_id = one and start < month; -- of before there were months
        with recursive dimension (name) as (
            (select rollups.dimension from rollups where site_id = one order by rollups.dimension limit 1)
            union all
            select (
                select rollups.dimension from rollups
                where site_id = one and rollups.dimension > dimension.name order by rollups.dimension limit 1
            ) from dimension where name is not null
        )
        delete from rollups using dimension, (values ('day' collate "C"), ('month')) as period (grain)
        where site_id = one and rollups.dimension = dimension.name and rollups.grain = period.grain
            and rollups.date < after;
        delete from quarter_stats where site_id = one and at < until;
        delete from daily_stats where site_id = one and date < after;
        delete from daily_paths where site_id = one and date < after;
        delete from daily_users where site_id = one and date < after;
        delete from daily_values where site_id = one and date < after;
        delete from closed_days where site_id = one and date < after;
        delete from crossings where site_id = one and at < until;
        delete from visitor_links where site_id = one and not exists (
            select from visits where visits.site_id = one and visits.visitor = root and start >= until
        );
        update sites set version = version + 1, changed_at = clock_timestamp() where site_id = one;
    end loop;
    perform pg_advisory_xact_lock(7201001); -- as make_events_partition
    lock table events, visits in access exclusive mode;
    execute refuse into is_refused using expired_sites, until;
    if is_refused then
        raise exception 'another site came into %', month; -- which undoes all of it
    end if;
    execute format('drop table %I, %I', 'events' || suffix, 'visits' || suffix);
    return true;
end
$$;

revoke all on function drop_expired_month(date, text[]) from public;
