-- What the roles of the processor and of stats may do: applied after the migrations, each time. A table that is not
-- there yet is left out, and so is one that does not belong to analytics_owner: then there are no roles to tell apart.
-- Rights that are as they should be are not touched: a grant could fail beside the making of a partition.
do $$
declare
    entry record;
    place oid := to_regnamespace(quote_ident(current_schema())); -- a group may be a schema of its own
begin
    for entry in
        with wanted (relation, grantee, rights) as (values
            -- deleted from where a site is deleted
            ('events', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('daily_stats', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('daily_paths', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('daily_users', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('daily_values', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('closed_days', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('visits', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('visitor_links', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('crossings', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('rollups', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('quarter_stats', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('sites', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('outcomes', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('processed_entries', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('filtered_events', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('rejected_events', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('queue_sightings', 'analytics_writer', array['select', 'insert', 'update']),
            ('queue_losses', 'analytics_writer', array['select', 'insert']),
            ('group_sightings', 'analytics_writer', array['select', 'insert', 'update']),
            ('group_ids', 'analytics_writer', array['select']),
            ('site_settings', 'analytics_writer', array['select', 'insert', 'delete']),
            ('site_aliases', 'analytics_writer', array['select', 'delete']),
            ('site_removals', 'analytics_writer', array['select', 'delete']),
            ('filtered_restores', 'analytics_writer', array['select', 'update', 'delete']),
            ('erasures', 'analytics_writer', array['select', 'update', 'delete']),
            ('erased_events', 'analytics_writer', array['select', 'insert', 'delete']),
            ('goals', 'analytics_writer', array['select', 'delete']),
            ('funnels', 'analytics_writer', array['select', 'delete']),
            ('segments', 'analytics_writer', array['select', 'delete']),
            ('annotations', 'analytics_writer', array['select', 'delete']),
            ('report_subscriptions', 'analytics_writer', array['select', 'delete']),
            -- in a cloud the function that sends reports and alarms works with the processor's role
            ('alarms', 'analytics_writer', array['select', 'update (firing_since)', 'delete']),
            ('outbox', 'analytics_writer', array['select', 'insert', 'update', 'delete']),
            ('imports', 'analytics_writer', array['select', 'delete']),
            ('slots', 'analytics_writer', array['select']),
            ('absent_slots', 'analytics_writer', array['select']),
            ('imported_figures', 'analytics_writer', array['select', 'delete']),
            -- what ingest gets to know of a key: with its hash nobody gets in
            ('access_keys', 'analytics_writer', array[
                'select (key_id)', 'select (hash)', 'select (scopes)', 'select (sites)', 'select (expires_at)',
                'select (revoked_at)'
            ]),

            ('events', 'analytics_reader', array['select']),
            ('daily_stats', 'analytics_reader', array['select']),
            ('daily_paths', 'analytics_reader', array['select']),
            ('visits', 'analytics_reader', array['select']),
            ('visitor_links', 'analytics_reader', array['select']),
            ('rollups', 'analytics_reader', array['select']),
            ('quarter_stats', 'analytics_reader', array['select']),
            ('filtered_events', 'analytics_reader', array['select']),
            -- a site that is made gets its time zone; another one is noted for the owner, who changes the figures
            ('sites', 'analytics_reader', array[
                'select', 'insert (site_id)', 'insert (time_zone)', 'update (time_zone)', 'update (next_time_zone)',
                'update (rebuilt_until)'
            ]),
            ('site_settings', 'analytics_reader', array['select', 'insert', 'update', 'delete']),
            ('site_aliases', 'analytics_reader', array['select', 'insert', 'update', 'delete']),
            ('site_removals', 'analytics_reader', array['select', 'insert', 'update', 'delete']),
            ('filtered_restores', 'analytics_reader', array['select', 'insert']),
            ('erasures', 'analytics_reader', array['select', 'insert']),
            ('goals', 'analytics_reader', array['select', 'insert', 'update', 'delete']),
            ('funnels', 'analytics_reader', array['select', 'insert', 'update', 'delete']),
            ('segments', 'analytics_reader', array['select', 'insert', 'update', 'delete']),
            ('annotations', 'analytics_reader', array['select', 'insert', 'update', 'delete']),
            -- whoever has the signed link of a report ends it
            ('report_subscriptions', 'analytics_reader', array['select', 'delete']),
            ('imports', 'analytics_reader', array['select', 'delete']),
            ('imported_figures', 'analytics_reader', array['select', 'delete']),
            ('slots', 'analytics_reader', array['select']),
            ('absent_slots', 'analytics_reader', array['select']),
            ('access_keys', 'analytics_reader', array['select', 'insert', 'update', 'delete']),
            ('access_users', 'analytics_reader', array['select', 'insert', 'update', 'delete']),
            ('access_roles', 'analytics_reader', array['select', 'insert', 'update', 'delete']),
            ('access_links', 'analytics_reader', array['select', 'insert', 'update', 'delete']),
            ('access_sessions', 'analytics_reader', array['select', 'insert', 'update', 'delete']),
            ('audit_log', 'analytics_reader', array['select', 'insert'])
        ), owned as (
            select oid, relname, relacl from pg_class
            where relnamespace = place and relowner = to_regrole('analytics_owner')
        ), compared as (
            select owned.oid, wanted.grantee, wanted.rights, array(
                select lower(privilege_type) from aclexplode(owned.relacl) as given where given.grantee = role.oid
                union all
                select format('%s (%s)', lower(privilege_type), attname)
                from pg_attribute, aclexplode(attacl) as given
                where attrelid = owned.oid and given.grantee = role.oid
            ) as actual
            from wanted join owned on owned.relname = wanted.relation join pg_roles as role on role.rolname = wanted.grantee
        )
        select oid, grantee, rights from compared where not (actual @> rights and actual <@ rights)
    loop
        execute format('revoke all on %s from %I', cast(entry.oid as regclass), entry.grantee);
        execute format(
            'grant %s on %s to %I', array_to_string(entry.rights, ', '), cast(entry.oid as regclass), entry.grantee
        );
    end loop;
    -- a schema that was made for a restored dump lets nobody but its owner in
    for entry in
        select rolname from pg_roles
        where rolname in ('analytics_writer', 'analytics_reader') and not has_schema_privilege(oid, place, 'usage')
            and to_regrole('analytics_owner') in (
                (select nspowner from pg_namespace where pg_namespace.oid = place),
                (select datdba from pg_database where datname = current_database() and current_schema() = 'public')
            )
    loop
        execute format('grant usage on schema %I to %I', current_schema(), entry.rolname);
    end loop;
    for entry in
        select pg_proc.oid from pg_proc join pg_roles on rolname = 'analytics_writer'
        where pronamespace = place and proname in ('make_events_partition', 'forget_access', 'drop_empty_month', 'drop_expired_month')
            and proowner = to_regrole('analytics_owner') and not has_function_privilege(pg_roles.oid, pg_proc.oid, 'execute')
    loop
        execute format('grant execute on function %s to analytics_writer', cast(entry.oid as regprocedure));
    end loop;
end
$$
