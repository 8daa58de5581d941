-- Those of these sites that are being deleted.
select site_id from site_removals
where site_id in (select value collate "C" from json_array_elements_text(cast(:site_ids as json)))
order by site_id
