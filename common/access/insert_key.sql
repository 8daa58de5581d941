insert into access_keys (key_id, hash, name, scopes, sites, expires_at)
values (:key_id, :hash, :name, cast(:scopes as text[]), cast(:sites as text[]), cast(:expires_at as timestamptz))
on conflict (key_id) do nothing
returning key_id, name, scopes, sites, created_at, expires_at, revoked_at, last_used_at
