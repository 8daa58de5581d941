-- What an owner sets of a site. Not in `sites`, whose rows batches lock: editing never waits for them, nor they for it.
create table site_settings (
    site_id text collate "C" not null primary key,
    name text not null default '', -- empty: the id is shown
    hostnames jsonb not null default '[]',
    currency text,
    settings jsonb not null default '{}', -- see common/sites/rules.py
    is_public boolean not null default false,
    is_paused boolean not null default false,
    revision bigint not null default 1, -- grows with every change, so that what was published can be compared
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
);

-- Other trackers' ids that stand for a site.
create table site_aliases (
    dialect text collate "C" not null,
    external_id text collate "C" not null,
    site_id text collate "C" not null,
    primary key (site_id, dialect, external_id)
);
create unique index site_aliases_id on site_aliases (dialect, external_id);

-- Sites that are being deleted. A row ends with the last of the site's data.
create table site_removals (
    site_id text collate "C" not null primary key,
    requested_at timestamptz not null default now()
);

-- The sites that exist already are known ones.
insert into site_settings (site_id) select site_id from sites;
