delete from access_sessions where user_name = :user_name
