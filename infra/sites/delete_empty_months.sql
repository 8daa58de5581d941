-- Delete month rows of a site of which no day has any events left.
delete from rollups
where site_id = :site_id and grain = 'month' and events = 0 and reports is null
    and date between date_trunc('month', cast(:first as date)) and cast(:last as date)
