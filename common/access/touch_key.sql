update access_keys set last_used_at = date_trunc('hour', now(), 'UTC') where key_id = :key_id
