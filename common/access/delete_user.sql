delete from access_users where user_name = :user_name returning user_name
