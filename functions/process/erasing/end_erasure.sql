-- End an erasure: nobody needs to know any more what was asked for. For some hours what was erased may be delivered again.
update erasures set stage = 'done', asked = null, done_at = now(),
    guarded_until = now() + cast(:hours as integer) * interval '1 hour'
where id = :id and stage = 'queue'
returning id
