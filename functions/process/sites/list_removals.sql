-- The sites that are being deleted, and for how many seconds.
select site_id, extract(epoch from now() - requested_at) from site_removals order by requested_at, site_id
