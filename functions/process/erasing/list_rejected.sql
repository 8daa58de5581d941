-- A page of a site's rejected events that have a payload still, after a place in the stream.
select source, payload, original from rejected_events
where site_id = :site_id and source > cast(:after as text) collate "C" and (payload <> '' or original <> '')
order by source limit cast(:most as integer)
