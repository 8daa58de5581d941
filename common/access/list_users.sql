select
    u.user_name, u.is_admin, u.created_at, u.changed_at,
    coalesce(
        (select json_object_agg(r.site_id, r.role order by r.site_id) from access_roles as r where r.user_name = u.user_name),
        '{}'
    )
from access_users as u
order by u.user_name
