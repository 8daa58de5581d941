-- Which of these entries were processed whole, and which events of split entries were processed.
with wanted as (select value collate "C" as entry from json_array_elements_text(cast(:roots as json)))
select entry from processed_entries join wanted using (entry) where not is_split
union all
select part.entry
from processed_entries as root
join wanted on wanted.entry = root.entry and root.is_split
join processed_entries as part on part.entry > root.entry || '/' and part.entry < root.entry || '0'
