-- The same rows into the other database.
copy {table} ({columns}) from stdin (format binary)
