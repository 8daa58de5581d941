-- Which of these entries were dealt with, and whether event by event.
select entry, is_split from processed_entries
where entry in (select value collate "C" from json_array_elements_text(cast(:entries as json)))
