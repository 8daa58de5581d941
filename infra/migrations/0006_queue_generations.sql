-- What the queue was last seen to hold, so that a queue that comes back with less is noticed.

create table queue_sightings (
    stream text collate "C" not null,
    shard integer not null,
    generation text collate "C" not null,
    mark bigint not null,
    at_ms bigint not null, -- by the queue's clock, in milliseconds since 1970, as all of these
    last_ms bigint not null,
    oldest_ms bigint not null,
    accepted bigint not null,
    queued bigint not null,
    behind bigint not null,
    primary key (stream, shard)
);

create table queue_losses (
    id bigint generated always as identity primary key,
    stream text collate "C" not null,
    shard integer not null,
    cause text collate "C" not null check (cause in ('replaced', 'went_back')),
    from_ms bigint not null,
    until_ms bigint not null,
    about bigint not null,
    noticed_at timestamptz not null default now(),
    accepted_at timestamptz, -- when an operator took note of it
    note text not null default ''
);
