-- What events carry beside their path and user, visits, and the figures of every dimension.
-- Adding nullable columns, or one with a constant default, rewrites nothing: the lock is held for milliseconds.

alter table events
    add column visitor text collate "C", -- 'u' and the user_id, or 'd' and a derived id, that of the first day
    -- uniform in [0, 2^20), by the visitor alone (without one by the event): `sample < n` draws visitors with all they did
    add column sample integer,
    add column visitor_id text collate "C", -- as it came, where there is no user_id
    add column previous_visitor_id text collate "C", -- the same under the salt of the day before
    add column is_counted boolean not null default false, -- whether the tables below include the event
    add column hostname text collate "C",
    add column title text collate "C",
    add column referrer text collate "C",
    add column source text collate "C",
    add column channel text collate "C",
    add column utm_source text collate "C",
    add column utm_medium text collate "C",
    add column utm_campaign text collate "C",
    add column utm_term text collate "C",
    add column utm_content text collate "C",
    add column country text collate "C",
    add column region text collate "C",
    add column city text collate "C",
    add column browser text collate "C",
    add column os text collate "C",
    add column device text collate "C",
    add column language text collate "C",
    add column screen text collate "C",
    add column props jsonb,
    add column revenue numeric,
    add column currency text collate "C";

-- A site's row is locked while its visits and rollups are written, so that they follow from the events alone.
create table sites (
    site_id text collate "C" not null primary key,
    time_zone text not null default 'UTC',
    version bigint not null default 0, -- grows with every change of the site's figures
    changed_at timestamptz not null default now()
) with (fillfactor = 50);

create table visits (
    site_id text collate "C" not null,
    visitor text collate "C" not null,
    start timestamptz not null,
    "end" timestamptz not null,
    start_id uuid not null, -- the first event
    sample integer not null,
    page_views integer not null,
    events integer not null,
    entry text collate "C",
    entry_at timestamptz,
    exit text collate "C",
    exit_at timestamptz,
    parts jsonb, -- [[day, page_views, events], …] where a visit touches several local days
    referrer text collate "C",
    source text collate "C",
    channel text collate "C",
    utm_source text collate "C",
    utm_medium text collate "C",
    utm_campaign text collate "C",
    utm_term text collate "C",
    utm_content text collate "C",
    country text collate "C",
    region text collate "C",
    city text collate "C",
    browser text collate "C",
    os text collate "C",
    device text collate "C",
    language text collate "C",
    screen text collate "C",
    primary key (site_id, visitor, start)
) with (fillfactor = 80);
create index visits_start on visits (site_id, start);
create index visits_sample on visits (site_id, sample, start) where sample < 262144;

-- Derived ids that are one visitor, by 'd' and the id: one that continues another was active in the half hour around an
-- event of the other's, and says so itself. `root` is what they all are called: who continues nobody, the smallest of
-- several. A visitor that is not here is known by its own id alone.
create table visitor_links (
    site_id text collate "C" not null,
    visitor text collate "C" not null,
    root text collate "C" not null,
    continues boolean not null, -- whether it continues some other
    primary key (site_id, visitor)
);
create index visitor_links_root on visitor_links (site_id, root);

-- Events that came under two ids where nothing of the previous id's is known from the half hour around: it may come late.
create table crossings (
    site_id text collate "C" not null,
    previous text collate "C" not null,
    at timestamptz not null,
    visitor text collate "C" not null,
    primary key (site_id, previous, at, visitor)
);

-- Figures of each value of a dimension, by local day and by month; the dimension '' is the whole site.
create table rollups (
    site_id text collate "C" not null,
    dimension text collate "C" not null,
    grain text collate "C" not null check (grain in ('day', 'month')),
    date date not null,
    value text collate "C" not null,
    page_views bigint not null,
    events bigint not null,
    visits bigint not null,
    bounces bigint not null,
    duration_ms bigint not null,
    visitor_days bigint not null, -- of a day: its visitors; of a month: the sum of its days'
    primary key (site_id, dimension, grain, date, value)
) with (fillfactor = 70);

-- Who was seen with which value of an event's dimension on a local day: md5 of dimension, value and visitor.
create table daily_values (
    site_id text collate "C" not null,
    date date not null,
    key uuid not null,
    primary key (site_id, date, key)
);

create table quarter_stats (
    site_id text collate "C" not null,
    at timestamptz not null,
    page_views bigint not null,
    events bigint not null,
    visits bigint not null,
    bounces bigint not null,
    duration_ms bigint not null,
    primary key (site_id, at)
) with (fillfactor = 70);

-- Events that were taken for a bot's or for spam: kept for a while, counted nowhere.
create table filtered_events (
    site_id text collate "C" not null,
    "timestamp" timestamptz not null,
    event_id uuid not null,
    reason text collate "C" not null,
    payload text not null,
    received_at timestamptz not null default now(),
    restored_at timestamptz,
    primary key (site_id, "timestamp", event_id)
);
create index filtered_events_age on filtered_events (received_at);

alter table outcomes drop constraint outcomes_outcome_check;
alter table outcomes add constraint outcomes_outcome_check
    check (outcome in ('stored', 'duplicate', 'rejected', 'filtered')) not valid;
