-- Say how far an erasure got.
update erasures set stage = :stage, reached = cast(:reached as timestamptz), erased = erased + cast(:erased as bigint)
where site_id = :site_id and id = :id
