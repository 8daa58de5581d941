-- Lock a site's row, so that nobody else writes its figures until the transaction ends; its zone, and the one to come.
select time_zone, next_time_zone from sites where site_id = :site_id for update
