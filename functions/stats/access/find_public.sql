select site_id from site_settings where is_public and site_id = any (cast(:sites as text[]))
