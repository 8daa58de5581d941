-- The next site, after `last_site`, of which something is older than it keeps, and until when that goes: its oldest whole
-- day that is kept begins then. None of `held`.
select site_id, cut
from (
    select site_id, date_trunc(
        'day', (now() - cast(settings ->> 'retention_days' as integer) * interval '1 day') at time zone time_zone
    ) at time zone time_zone as cut
    from site_settings join sites using (site_id)
    where jsonb_exists(settings, 'retention_days') and site_id not in (select site_id from site_removals)
        and site_id not in (select value collate "C" from json_array_elements_text(cast(:held as json)))
) as kept
where exists (select from events where events.site_id = kept.site_id and "timestamp" < cut)
    or exists (select from filtered_events as old where old.site_id = kept.site_id and "timestamp" < cut)
    or exists (select from rejected_events as old where old.site_id = kept.site_id and rejected_at < cut)
order by site_id <= cast(:last_site as text) collate "C", site_id
limit 1
