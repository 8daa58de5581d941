select key_id, name, scopes, sites, created_at, expires_at, revoked_at, last_used_at
from access_keys
order by created_at, key_id
