-- A further group's database that was restored from a copy is noticed, and ids of two groups never meet.

-- In the home group: the last look at the queue after which something was settled, of those that a group's database
-- remembers (its own queue_sightings). One that remembers less has gone back.
create table group_sightings (
    group_name text collate "C" not null,
    stream text collate "C" not null,
    shard integer not null,
    at_ms bigint not null,
    settled bigint not null,
    primary key (group_name, stream, shard)
);

alter table queue_losses add column group_name text collate "C" not null default ''; -- whose database; empty: home's

-- In the home group: where the ids of erasures and restores begin in each group that has slots, as a multiple of 10^12.
-- Those up to 4,000 were chosen by a hash.
create table group_ids (
    number bigint primary key check (number > 4000),
    group_name text collate "C" not null
);
