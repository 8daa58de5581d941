-- Filters that the owner of a site named, and notes at a time, which graphs show.
create table segments (
    site_id text collate "C" not null,
    name text collate "C" not null,
    filters text not null, -- JSON, as in a query
    created_at timestamptz not null default now(),
    primary key (site_id, name)
);

create table annotations (
    site_id text collate "C" not null,
    annotation_id text collate "C" not null,
    at timestamptz not null,
    text text not null,
    created_at timestamptz not null default now(),
    primary key (site_id, annotation_id)
);
