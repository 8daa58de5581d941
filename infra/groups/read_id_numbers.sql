-- Where the ids of groups begin.
select number, group_name from group_ids
