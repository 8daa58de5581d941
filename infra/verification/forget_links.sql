-- Delete which of a site's visitors are one, before it is found again.
delete from visitor_links where site_id = :site_id
