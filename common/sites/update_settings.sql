-- Replace what is set of a site.
update site_settings set
    name = :name, hostnames = cast(:hostnames as jsonb), currency = :currency, settings = cast(:settings as jsonb),
    is_public = :is_public, is_paused = :is_paused, revision = revision + 1, changed_at = now()
where site_id = :site_id
