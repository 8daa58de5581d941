update annotations set at = cast(:at as timestamptz), text = :text where site_id = :site_id and annotation_id = :annotation_id
returning annotation_id, at, text
