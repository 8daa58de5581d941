-- Whether a site has any event, counted or filtered.
select exists (select from sites where site_id = :site_id)
    or exists (select from filtered_events where site_id = :site_id)
