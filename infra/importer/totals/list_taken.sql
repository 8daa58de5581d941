-- The days that other imports have.
select distinct dimension, date, import_id from imported_figures where site_id = :site_id and import_id <> :import_id
