-- What was processed of the queue, in a range of ids.
copy (select entry, is_split from processed_entries where {range}) to stdout (format binary)
