-- Wishes to count filtered events after all: stats writes them, the processor fulfils them page by page. `start` moves on
-- with each page; a row ends with its last.
create table filtered_restores (
    id bigint generated always as identity,
    site_id text collate "C" not null,
    reason text collate "C" not null,
    start timestamptz not null,
    after timestamptz not null,
    requested_at timestamptz not null default now(),
    primary key (site_id, id)
);
