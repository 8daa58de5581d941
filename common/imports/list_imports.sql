select import_id, title, contents, created_at from imports where site_id = :site_id order by created_at, import_id
