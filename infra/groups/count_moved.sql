-- How many rows there are of the sites that are moved.
select count(*) from {table} where site_id in (select site_id from moved)
