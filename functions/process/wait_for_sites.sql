-- Wait for the rows of these sites, in order, and lock them.
select from sites
where site_id in (select value collate "C" from json_array_elements_text(cast(:sites as json)))
order by site_id
for update
