-- Which of these (site, key) were erased.
select site_id, cast(key as text)
from json_array_elements(cast(:keys as json)) as one
join erased_events on site_id = (one ->> 0) collate "C" and key = cast(one ->> 1 as uuid)
