-- Keep a number for a group.
insert into group_ids (number, group_name) values (cast(:number as bigint), :group)
