-- Whether a partition has any row; the slot is its name.
select exists (select from {table})
