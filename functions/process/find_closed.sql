-- Which of these days of sites are closed.
select site_id, cast(date as text)
from closed_days join rows from (
    json_array_elements_text(cast(:sites as json)), json_array_elements_text(cast(:dates as json))
) as one (wanted_site, wanted_date) on site_id = wanted_site and date = cast(wanted_date as date)
