-- Every event of the site counts by its new time zone.
update sites set time_zone = next_time_zone, next_time_zone = null, rebuilt_until = null, version = version + 1,
    changed_at = statement_timestamp()
where site_id = :site_id
