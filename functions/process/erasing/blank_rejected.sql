-- Forget what rejected events said, and count them. That they were rejected, and where they came from, stays: so they do
-- not come back.
with blanked as (
    update rejected_events
    set payload = '', original = '', detail = 'erased', replayed_at = coalesce(replayed_at, moment.at)
    from (select now() as at) as moment
    where site_id = :site_id
        and source in (select value collate "C" from json_array_elements_text(cast(:sources as json)))
        and (payload <> '' or original <> '')
    returning source
)
update erasures set erased = erased + (select count(*) from blanked) where id = cast(:erasure as bigint)
