-- The slots of sites that are not here, or not any more: they are being moved.
select slot from absent_slots
