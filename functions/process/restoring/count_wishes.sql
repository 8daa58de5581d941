-- How many wishes to count filtered events are left.
select count(*) from filtered_restores
