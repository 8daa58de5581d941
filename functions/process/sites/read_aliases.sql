-- All aliases.
select dialect, external_id, site_id from site_aliases
