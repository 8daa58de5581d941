-- All rows of the sites that are moved.
copy (select {columns} from {table} where site_id in (select site_id from moved)) to stdout (format binary)
