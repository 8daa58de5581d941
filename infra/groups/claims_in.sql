-- The same into a table of the transaction's own.
copy claims (entry, is_split) from stdin (format binary)
