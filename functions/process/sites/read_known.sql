-- All sites that somebody set up, or that were made by their first event.
select site_id from site_settings
