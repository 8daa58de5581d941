-- Where the slots are that are not at home, or were not, and what is going on with them.
select slot, group_name, moving_to, leaving, moving_since from slots order by slot
