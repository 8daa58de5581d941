delete from goals where site_id = :site_id and name = :name returning name
