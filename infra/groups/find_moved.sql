-- Whether a partition has rows of the sites that are moved.
select exists (select from {table} join moved using (site_id))
