delete from access_links
where link_id = :link_id and (cast(:sites as text[]) is null or site_id = any (cast(:sites as text[])))
returning site_id
