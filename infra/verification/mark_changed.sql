-- Say that a site's figures changed, so that no answer of before counts as current.
update sites set version = version + 1, changed_at = statement_timestamp() where site_id = :site_id
