delete from annotations where site_id = :site_id and annotation_id = :annotation_id returning annotation_id
