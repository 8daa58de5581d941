update access_keys set revoked_at = now()
where key_id = :key_id and revoked_at is null
returning key_id
