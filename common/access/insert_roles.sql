insert into access_roles (user_name, site_id, role)
select :user_name, role.key, role.value from json_each_text(cast(:roles as json)) as role
