insert into access_users (user_name, password, is_admin) values (:user_name, :password, :is_admin)
on conflict (user_name) do nothing
returning user_name
