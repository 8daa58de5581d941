-- Set events aside, each with its reason; once, however often they come.
insert into rejected_events (site_id, source, reason, detail, payload)
select site_id, source, reason, detail, payload
from json_to_recordset(cast(:rejections as json)) as rejection (
    site_id text, source text, reason text, detail text, payload text
)
order by site_id collate "C", source collate "C"
on conflict do nothing
