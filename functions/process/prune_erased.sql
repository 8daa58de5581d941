-- Forget which events were erased long ago, a bounded number of them: not while the erasure goes on, or is remembered.
with deleted as (
    delete from erased_events where ctid = any(array(
        select ctid from erased_events as old
        where erased_at < now() - cast(:hours as integer) * interval '1 hour' and not exists (
            select from erasures
            where erasures.site_id = old.site_id and requested_at <= old.erased_at
                and (done_at is null or guarded_until > now())
        )
        limit cast(:most as bigint)
    ))
    returning site_id
)
select count(*) from deleted
