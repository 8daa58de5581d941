-- Lock the rows of these sites that nobody else has locked.
select site_id from sites
where site_id in (select value collate "C" from json_array_elements_text(cast(:sites as json)))
order by site_id
for update skip locked
