delete from funnels where site_id = :site_id and name = :name returning name
