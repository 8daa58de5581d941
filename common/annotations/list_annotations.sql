select annotation_id, at, text from annotations where site_id = :site_id order by at, annotation_id
