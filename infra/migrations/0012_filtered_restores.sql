-- Wishes to count filtered events after all: stats writes them, the processor fulfils them page by page. `start` moves on
-- with each page; a row ends with its last.
create table filtered_restores (
    id bigint generated always as identity primary key,
    site_id text collate "C" not null,
    reason text collate "C" not null,
    start timestamptz not null,
    after timestamptz not null,
    requested_at timestamptz not null default now()
);
create index filtered_restores_site on filtered_restores (site_id);
