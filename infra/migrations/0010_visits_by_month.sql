-- Visits by month, as events are, so that what is being written stays small however much is stored; and less space for
-- the same. Nothing here reads or rewrites a table: the step after the migrations (visit_partitions.py) does the rest.

-- The longest visit of a site, or somewhat more: what may have begun before a given day began no longer before it.
alter table sites add column longest_visit interval not null default '192 hours';

-- The database sees to it itself, because a processor of the release before also writes visits.
create function note_long_visit() returns trigger language plpgsql as $$
begin
    update sites set longest_visit = new."end" - new.start
    where site_id = new.site_id and longest_visit < new."end" - new.start;
    return null;
end
$$;

create trigger visits_long after insert or update on visits
for each row when (new."end" - new.start > interval '192 hours') execute function note_long_visit();

-- Makes the partitions of events and visits for a month, given by its first day, unless they are there. (A visit is in the
-- month of its first event.) A processor of the release before calls it too, and so needs to know nothing of visits'.
do $do$
begin
    execute format($make$
create or replace function make_events_partition(month date) returns void
language plpgsql security definer set search_path = %I, pg_temp as $$
declare
    suffix text := to_char(month, '_YYYY_MM');
    bounds text := format(
        'for values from (%%L) to (%%L)', month || ' 00:00:00+00', cast(month + interval '1 month' as date) || ' 00:00:00+00'
    );
    covered date; -- the end of the partition of visits that were stored before there were months
begin
    -- the bounds of common/event.py
    if month is null or month <> date_trunc('month', month) or month < '1970-01-01' or month >= '2200-01-01' then
        raise exception 'no month from 1970 to 2199 begins on %%', month;
    end if;
    perform pg_advisory_xact_lock(7201001); -- one at a time
    -- create … like and attach rather than partition of: inserts into other months go on meanwhile
    if to_regclass('events' || suffix) is null then
        execute format('create table %%I (like events including defaults)', 'events' || suffix);
        execute format('alter table events attach partition %%I ', 'events' || suffix) || bounds;
    end if;
    if (select relkind from pg_class where oid = to_regclass('visits')) = 'r' then
        -- not yet by month: a bound that was left by an interrupted step would refuse the new month's visits
        if exists (select from pg_constraint where conname = 'visits_bound' and conrelid = to_regclass('visits')) then
            alter table visits drop constraint visits_bound;
        end if;
        return;
    end if;
    select substring(pg_get_expr(relpartbound, oid) from $re$TO \('(\d+-\d+-\d+)$re$) into covered
    from pg_class where oid = to_regclass('visits_before');
    if to_regclass('visits' || suffix) is null and month >= coalesce(covered, '-infinity') then
        execute format(
            'create table %%I (like visits including defaults) with (fillfactor = 90)', 'visits' || suffix
        );
        execute format('alter table visits attach partition %%I ', 'visits' || suffix) || bounds;
    end if;
end
$$
    $make$, current_schema());
end
$do$;

-- Of days that are over no row changes any more: what is kept free for changes is lost. Enough is free in the pages of the
-- day that is being written, because what was changed before is.
alter table rollups set (fillfactor = 95);
alter table quarter_stats set (fillfactor = 95);
alter table daily_paths set (fillfactor = 95);
alter table daily_stats set (fillfactor = 95);
alter table visits set (fillfactor = 90);

-- An id need not be the next one, only another. A connection takes a hundred at once.
alter sequence events_id_seq cache 100;
