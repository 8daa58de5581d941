-- Delete a bounded number of a site's rows of one table; the slots are its name and its key.
with deleted as (
    delete from {table} where site_id = :site_id and ({key}) in (
        select {key} from {table} where site_id = :site_id order by {key} limit cast(:most as int)
    )
    returning 1
)
select count(*) from deleted
