-- The keys with which events may speak for others.
select key_id, encode(hash, 'hex'), scopes, sites, expires_at
from access_keys
where revoked_at is null and scopes && array['ingest', 'import', 'admin']
order by key_id
