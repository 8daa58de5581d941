select
    hash, password,
    link_id, site_id, name, filters, password <> '', embed_origins, created_at, expires_at
from access_links
where link_id = :link_id and (expires_at is null or expires_at > now())
