-- Change the time zone of a site. Fails if PostgreSQL does not know the name.
update sites set time_zone = :time_zone, version = version + 1, changed_at = clock_timestamp()
where site_id = :site_id and (now() at time zone :time_zone) is not null
