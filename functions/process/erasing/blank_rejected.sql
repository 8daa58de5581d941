-- Forget what rejected events said. That they were rejected, and where they came from, stays: so they do not come back.
update rejected_events set payload = '', original = '', detail = 'erased', replayed_at = coalesce(replayed_at, moment.at)
from (select now() as at) as moment
where site_id = :site_id and source in (select value collate "C" from json_array_elements_text(cast(:sources as json)))
