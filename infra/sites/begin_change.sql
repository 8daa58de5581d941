-- Begin to change a site's time zone. Fails if PostgreSQL does not know the name.
update sites set next_time_zone = :time_zone, rebuilt_until = '-infinity'
where site_id = :site_id and (now() at time zone :time_zone) is not null
