-- Give a site without a row one, if anything is stored of it: else it was deleted.
insert into sites (site_id, time_zone, version, changed_at)
select :site_id, :time_zone, 1, clock_timestamp()
where exists (select from events where site_id = :site_id)
    or exists (select from visits where site_id = :site_id)
    or exists (select from rollups where site_id = :site_id)
    or exists (select from quarter_stats where site_id = :site_id)
    or exists (select from daily_stats where site_id = :site_id)
    or exists (select from daily_paths where site_id = :site_id)
    or exists (select from daily_values where site_id = :site_id)
    or exists (select from daily_users where site_id = :site_id)
    or exists (select from visitor_links where site_id = :site_id)
on conflict (site_id) do nothing
