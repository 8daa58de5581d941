select link_id, site_id, name, filters, password <> '', embed_origins, created_at, expires_at
from access_links
where cast(:sites as text[]) is null or site_id = any (cast(:sites as text[]))
order by created_at, link_id
