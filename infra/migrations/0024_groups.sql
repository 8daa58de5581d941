-- Sites belong to slots, and slots to groups, each of which has a database.

-- In the home group: where the slots are. One that is not named is at home.
create table slots (
    slot smallint primary key check (slot between 0 and 255),
    group_name text collate "C" not null,
    moving_to text collate "C", -- where its rows are being copied to
    leaving text collate "C" -- where rows are left that are to be deleted
);

-- In each group: the slots that must not be written here. Batches read it, whatever their map says.
create table absent_slots (
    slot smallint primary key check (slot between 0 and 255)
);

-- A group may be a schema of its own: these looked into `public`, wherever their tables are.
do $$
declare
    kind text;
begin
    foreach kind in array array['forget_access(text)', 'drop_empty_month(date)', 'drop_expired_month(date, text[])'] loop
        execute format('alter function %s set search_path = %I, pg_temp', kind, current_schema());
    end loop;
end
$$;
