update access_sessions set used_at = now() where session_id = :session_id
