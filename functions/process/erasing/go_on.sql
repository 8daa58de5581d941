-- Say how far an erasure got, unless another processor is further by now.
update erasures set stage = :stage, reached = cast(:reached as timestamptz), erased = erased + cast(:erased as bigint)
where site_id = :site_id and id = :id and stage = :since
