update access_links set
    name = coalesce(cast(:name as text), name),
    filters = coalesce(cast(:filters as text), filters),
    password = coalesce(cast(:password as text), password),
    embed_origins = coalesce(cast(:embed_origins as text[]), embed_origins),
    expires_at = case when :sets_expiry then cast(:expires_at as timestamptz) else expires_at end
where link_id = :link_id and (cast(:sites as text[]) is null or site_id = any (cast(:sites as text[])))
returning link_id, site_id, name, filters, password <> '', embed_origins, created_at, expires_at
