-- What became of every accepted event, by the minute in which it was accepted.

-- Stream entries that were dealt with: their outcomes are counted, a redelivery adds none. `entry` is
-- `<shard>:<stream id>`, or that and `/<index>` for an event that was delivered alone; is_split says of
-- a whole entry that its events are listed one by one. Ids begin with the time: old ones are a range.
create table processed_entries (
    entry text collate "C" primary key,
    is_split boolean not null
);

create table outcomes (
    site_id text collate "C" not null,
    minute timestamptz not null,
    outcome text collate "C" not null check (outcome in ('stored', 'duplicate', 'rejected')),
    reason text collate "C" not null default '',
    events bigint not null,
    primary key (site_id, minute, outcome, reason)
) with (fillfactor = 70);

alter table rejected_events add column minute timestamptz;
alter table rejected_events add column replayed_at timestamptz;
alter table rejected_events add column original text not null default ''; -- the payload before its first edit
