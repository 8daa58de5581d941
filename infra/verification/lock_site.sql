-- Lock a site's row until the transaction ends, so that nobody else writes what belongs to it. A site without one gets it.
insert into sites as kept (site_id, time_zone, version, changed_at)
values (:site_id, :time_zone, 1, clock_timestamp())
on conflict (site_id) do update set version = kept.version where false
