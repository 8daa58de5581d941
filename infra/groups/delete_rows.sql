-- Delete the rows of these sites; the slot is the table.
delete from {table}
where site_id = any(array(select value collate "C" from json_array_elements_text(cast(:sites as json))))
