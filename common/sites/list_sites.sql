-- Sites with what is set of them; without `ids` all. A site that has events and that nobody set up has the defaults.
select site_id, coalesce(own.name, ''), coalesce(figures.time_zone, 'UTC'), coalesce(own.hostnames, '[]'), own.currency,
    coalesce(own.is_public, false), coalesce(own.is_paused, false), coalesce(own.settings, '{}'),
    removal.site_id is not null,
    (
        select coalesce(json_agg(json_build_array(dialect, external_id) order by dialect, external_id), '[]')
        from site_aliases as alias where alias.site_id = coalesce(own.site_id, figures.site_id)
    ),
    coalesce(own.created_at, figures.changed_at), figures.changed_at,
    figures.next_time_zone, case when isfinite(figures.rebuilt_until) then figures.rebuilt_until end
from site_settings as own
full join sites as figures using (site_id)
left join site_removals as removal using (site_id)
where cast(:ids as json) is null or site_id in (select value from json_array_elements_text(cast(:ids as json)))
order by site_id
