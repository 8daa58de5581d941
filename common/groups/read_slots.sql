-- The slots that are not at home, or were not.
select slot, group_name from slots
