delete from access_sessions
where session_id in (select session_id from access_sessions where expires_at < now() limit 100)
