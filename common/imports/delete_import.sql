with figures as (delete from imported_figures where site_id = :site_id and import_id = :import_id)
delete from imports where site_id = :site_id and import_id = :import_id
returning import_id
