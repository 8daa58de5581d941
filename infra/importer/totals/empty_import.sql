delete from imported_figures where site_id = :site_id and import_id = :import_id
