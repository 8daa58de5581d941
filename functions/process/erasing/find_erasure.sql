-- An erasure that is not done: lock it, so that one processor at a time goes a step on with it.
select site_id, asked, stage, cast(reached as text) from erasures
where id = :id and done_at is null and site_id not in (select site_id from site_removals)
for update
