-- What the owner of a site wants visitors to do. A goal is a definition: it is evaluated when somebody asks, so it is true
-- of the past as well.
create table goals (
    site_id text collate "C" not null,
    name text collate "C" not null,
    event text, -- the event's type
    path text, -- a glob of page views' paths
    filters text not null default '[]', -- JSON, as in a query: what else holds for an event that reaches the goal
    has_revenue boolean not null default false, -- whether revenue is shown beside it
    created_at timestamptz not null default now(),
    primary key (site_id, name),
    check ((event is null) <> (path is null))
);
