insert into access_sessions (session_id, hash, user_name, link_id, expires_at)
values (:session_id, :hash, :user_name, :link_id, now() + make_interval(secs => :seconds))
