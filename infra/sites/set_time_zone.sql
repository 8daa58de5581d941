-- Give a site another time zone; a name that PostgreSQL does not know is refused.
update sites set time_zone = :time_zone, version = version + 1, changed_at = clock_timestamp()
where site_id = :site_id and (now() at time zone :time_zone) is not null
