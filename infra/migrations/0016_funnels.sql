-- Steps that visitors should take one after the other. A funnel is a definition: it is evaluated when somebody asks, so it
-- is true of the past as well.
create table funnels (
    site_id text collate "C" not null,
    name text collate "C" not null,
    steps text not null, -- JSON: for each step conditions, as in a query
    mode text not null default 'ordered',
    within text not null default 'visit', -- or how long from the first step on: 30m, 12h, 7d
    exclude text not null default '[]', -- JSON, as in a query: an event that passes ends the attempt
    created_at timestamptz not null default now(),
    primary key (site_id, name)
);
