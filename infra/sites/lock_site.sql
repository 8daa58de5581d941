-- Read a site's time zone and lock its row, so that nobody else writes its figures until the transaction ends.
select time_zone from sites where site_id = :site_id for update
