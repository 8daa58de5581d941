select
    hash,
    last_used_at is distinct from date_trunc('hour', now(), 'UTC'),
    key_id, name, scopes, sites, created_at, expires_at, revoked_at, last_used_at
from access_keys
where key_id = :key_id and revoked_at is null and (expires_at is null or expires_at > now())
