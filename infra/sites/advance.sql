-- What happened until now counts by the new time zone.
update sites set rebuilt_until = cast(:until as timestamptz), version = version + 1, changed_at = statement_timestamp()
where site_id = :site_id
