update access_users set
    password = coalesce(cast(:password as text), password),
    is_admin = coalesce(cast(:is_admin as boolean), is_admin),
    changed_at = now()
where user_name = :user_name
returning user_name
