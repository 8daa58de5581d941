select name, filters from segments where site_id = :site_id order by name
