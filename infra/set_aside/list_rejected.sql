-- One page of the rejected events, after a site and source.
select site_id, source, reason, detail, payload, original, rejected_at, replayed_at from rejected_events
where (site_id, source) > (:site_id, :source) and (cast(:replayed as boolean) or replayed_at is null)
order by site_id, source
limit cast(:most as int)
