-- Who may do what. Of keys, sessions and links a hash is kept, never the text.
create table access_keys (
    key_id text collate "C" not null primary key, -- the part of the key that may be shown
    hash bytea not null,
    name text not null,
    scopes text[] not null,
    sites text[], -- null: all of them; the ids need not exist yet
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz -- to the hour, so that using a key seldom writes
);

create table access_users (
    user_name text collate "C" not null primary key,
    password text not null, -- see common/access/passwords.py; empty: none is accepted
    is_admin boolean not null default false,
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now()
);

create table access_roles (
    user_name text collate "C" not null references access_users on delete cascade,
    site_id text collate "C" not null,
    role text not null check (role in ('view', 'manage')),
    primary key (user_name, site_id)
);
create index access_roles_site on access_roles (site_id);

create table access_links (
    link_id text collate "C" not null primary key,
    hash bytea not null,
    site_id text collate "C" not null,
    name text not null,
    filters text not null default '[]', -- JSON, as in a query; all of them hold for every query
    password text not null default '', -- empty: none is asked for
    embed_origins text[] not null default '{}',
    created_at timestamptz not null default now(),
    expires_at timestamptz
);
create index access_links_site on access_links (site_id);

-- Signed-in users, and readers of a link who gave its password.
create table access_sessions (
    session_id text collate "C" not null primary key,
    hash bytea not null,
    user_name text collate "C" references access_users on delete cascade,
    link_id text collate "C" references access_links on delete cascade,
    created_at timestamptz not null default now(),
    used_at timestamptz not null default now(), -- to the minute
    expires_at timestamptz not null,
    check ((user_name is null) <> (link_id is null))
);
create index access_sessions_expiry on access_sessions (expires_at);
create index access_sessions_user on access_sessions (user_name);
create index access_sessions_link on access_sessions (link_id);

-- Who changed what, when. Nothing here is changed or deleted, save with a site.
create table audit_log (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    actor text not null,
    action text not null,
    target text not null,
    detail jsonb not null default '{}'
);
