-- The sites whose time zone is being changed, save those that are being deleted.
select site_id from sites
where next_time_zone is not null and not exists (select from site_removals where site_removals.site_id = sites.site_id)
order by site_id
