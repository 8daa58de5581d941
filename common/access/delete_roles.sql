delete from access_roles where user_name = :user_name
