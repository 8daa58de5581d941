-- The time zone of a site, and the one to which it is being changed; neither changes until the transaction ends.
select time_zone, next_time_zone from sites where site_id = :site_id for update
