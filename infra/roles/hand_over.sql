-- Give the database, and what the role that runs this owns in it, to analytics_owner; of a group that is a schema of
-- its own the schema, for the database may be somebody else's.
do $$
declare
    statement text;
    place oid := to_regnamespace(quote_ident(current_schema()));
begin
    if place is null then
        raise exception 'the schema that search_path names does not exist: create it first';
    elsif current_schema() <> 'public' then
        if (select nspowner from pg_namespace where oid = place) <> to_regrole('analytics_owner') then
            execute format('alter schema %I owner to analytics_owner', current_schema());
        end if;
    else
        if has_database_privilege('public', current_database(), 'temporary') then
            execute format('revoke temporary on database %I from public', current_database());
        end if;
        if has_schema_privilege('public', 'public', 'create') then -- before PostgreSQL 15
            revoke create on schema public from public;
            grant create on schema public to analytics_owner;
        end if;
        if (select datdba from pg_database where datname = current_database()) <> to_regrole('analytics_owner') then
            execute format('alter database %I owner to analytics_owner', current_database());
        end if;
    end if;
    for statement in
        -- the sequence of an identity column and the indexes go with their table
        select format('alter table %s owner to analytics_owner', cast(pg_class.oid as regclass)) from pg_class
        where relnamespace = place and relkind in ('r', 'p', 'v', 'm')
            and relowner = to_regrole(quote_ident(current_user)) and relowner <> to_regrole('analytics_owner')
            and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
        union all
        select format('alter routine %s owner to analytics_owner', cast(pg_proc.oid as regprocedure)) from pg_proc
        where pronamespace = place
            and proowner = to_regrole(quote_ident(current_user)) and proowner <> to_regrole('analytics_owner')
            and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
    loop
        execute statement;
    end loop;
end
$$
