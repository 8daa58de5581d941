-- Make a site; returns nothing where it is there. One that has events keeps its time zone.
with own as (
    insert into site_settings (site_id) values (:site_id) on conflict do nothing returning site_id
)
insert into sites as kept (site_id, time_zone)
select site_id, :time_zone from own where (now() at time zone :time_zone) is not null -- fails where it is unknown
on conflict (site_id) do update set time_zone = kept.time_zone
returning site_id
