-- Give those of these sites a row that have none, in a time zone. Rows that are there, and locked, are not waited for.
insert into sites (site_id, time_zone, version, changed_at)
select value collate "C", :time_zone, 1, clock_timestamp() from json_array_elements_text(cast(:sites as json))
order by 1
on conflict do nothing
