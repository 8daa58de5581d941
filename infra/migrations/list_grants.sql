-- The statements that give to a new table the owner and the rights that visits has.
select format('alter table visits owner to %I', rolname)
from pg_class join pg_roles on pg_roles.oid = relowner
where pg_class.oid = to_regclass('visits') and rolname <> current_user
union all
select format(
    'grant %s on visits to %s%s', privilege_type, coalesce(quote_ident(rolname), 'public'),
    case when is_grantable then ' with grant option' else '' end
)
from pg_class cross join aclexplode(relacl) left join pg_roles on pg_roles.oid = grantee
where pg_class.oid = to_regclass('visits') and grantee <> relowner
