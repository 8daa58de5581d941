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
