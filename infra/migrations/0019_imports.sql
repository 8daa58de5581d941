-- Totals of days that another tracker counted before a site's own events began. They stay totals: no event is made of
-- them, and nothing here follows from events.
create table imports (
    site_id text collate "C" not null,
    import_id text collate "C" not null, -- of what the files hold: the same files are the same import
    title text not null, -- whose export it was
    contents jsonb not null, -- by dimension ('': the whole site): first and last day, and what is known of them
    created_at timestamptz not null default now(),
    primary key (site_id, import_id)
);

-- Null: the export does not say. A day of a dimension is of one import.
create table imported_figures (
    site_id text collate "C" not null,
    dimension text collate "C" not null,
    date date not null, -- as the other tracker had it: taken for the site's local day
    value text collate "C" not null,
    import_id text collate "C" not null,
    visitors bigint,
    visits bigint,
    page_views bigint,
    events bigint,
    bounces bigint,
    duration_ms bigint,
    primary key (site_id, dimension, date, value)
);
