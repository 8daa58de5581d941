-- Delete what an earlier attempt has left of the sites that are moved.
delete from {table} where site_id in (select site_id from moved)
