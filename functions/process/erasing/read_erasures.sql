-- The erasures that new events have to be compared with: what is asked for, or null for those that are done.
select site_id, asked from erasures where done_at is null or guarded_until > now()
