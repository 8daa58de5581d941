select hash, user_name, link_id, used_at < now() - interval '1 minute'
from access_sessions
where session_id = :session_id and expires_at > now() and used_at > now() - make_interval(secs => :idle_seconds)
