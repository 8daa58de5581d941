-- Claim entries for this transaction; those that another one dealt with are not returned.
insert into processed_entries (entry, is_split)
select entry, is_split from json_to_recordset(cast(:entries as json)) as wanted (entry text, is_split boolean)
order by entry collate "C"
on conflict do nothing
returning entry
