insert into access_links (link_id, hash, site_id, name, filters, password, embed_origins, expires_at)
values (
    :link_id, :hash, :site_id, :name, :filters, :password, cast(:embed_origins as text[]),
    cast(:expires_at as timestamptz)
)
returning link_id, site_id, name, filters, password <> '', embed_origins, created_at, expires_at
