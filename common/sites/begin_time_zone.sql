-- Have a site's figures changed to another time zone (see infra/sites/schedule.py). Fails where it is unknown.
update sites set next_time_zone = :time_zone, rebuilt_until = '-infinity'
where site_id = :site_id and (now() at time zone :time_zone) is not null
