-- Mark a site as one to be deleted; returns nothing where there is no such site.
insert into site_removals (site_id)
select :site_id
where exists (select from site_settings where site_id = :site_id) or exists (select from sites where site_id = :site_id)
    or exists (select from site_removals where site_id = :site_id)
on conflict (site_id) do update set site_id = excluded.site_id
returning site_id
