-- The months of which a site has figures, given by their first days.
select distinct cast(date_trunc('month', date) as date) from rollups where site_id = :site_id order by 1
