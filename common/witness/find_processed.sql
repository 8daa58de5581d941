-- The latest entry that was processed with an id in a range.
select entry from processed_entries where entry >= :first and entry < :after order by entry desc limit 1
