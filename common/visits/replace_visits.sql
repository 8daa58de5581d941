-- Delete visits that were joined into others, or moved.
delete from visits using rows from (
    json_array_elements_text(cast(:sites as json)), json_array_elements_text(cast(:visitors as json)),
    json_array_elements_text(cast(:starts as json))
) as old (site_id, visitor, start)
where visits.site_id = old.site_id and visits.visitor = old.visitor
    and visits.start = (timestamp 'epoch' + cast(old.start as bigint) * interval '1 microsecond') at time zone 'UTC'
