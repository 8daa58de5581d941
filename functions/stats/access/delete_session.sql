delete from access_sessions where session_id = :session_id
