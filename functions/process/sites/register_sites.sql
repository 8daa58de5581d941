-- Make the sites known whose first events these are.
insert into site_settings (site_id)
select value collate "C" from json_array_elements_text(cast(:sites as json))
where not exists (select from site_settings where site_id = value collate "C")
order by 1
on conflict do nothing
