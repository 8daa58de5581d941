delete from segments where site_id = :site_id and name = :name returning name
