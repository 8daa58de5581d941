-- Takes a site that was deleted from whoever may see it, and out of the log of changes: of what was done to it, there
-- stays that somebody deleted a site, and when. The last step of functions/process/sites/removal.py.
create or replace function forget_access(removed_site text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    delete from access_roles where site_id = removed_site;
    delete from access_links where site_id = removed_site;
    update access_keys set sites = array_remove(sites, removed_site) where removed_site = any (sites);
    delete from audit_log
    where detail ->> 'site_id' = removed_site
        or (target = removed_site and action like 'site.%' and action <> 'site.delete');
    update audit_log set target = '' where target = removed_site and action = 'site.delete';
    update audit_log set detail = detail #- array['roles', removed_site]
    where jsonb_exists(detail -> 'roles', removed_site);
    update audit_log set detail = jsonb_set(detail, '{sites}', (detail -> 'sites') - removed_site)
    where jsonb_exists(detail -> 'sites', removed_site);
    return true;
end
$$;
