select name, event, path, filters, has_revenue from goals where site_id = :site_id order by name
