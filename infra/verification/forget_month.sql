-- Delete a site's figures of a month, not those of its days.
delete from rollups
where site_id = :site_id and grain = 'month' and date >= cast(:month as date)
    and date < cast(:month as date) + interval '1 month'
