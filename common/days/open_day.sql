-- Say that all that was seen on a day is there again.
delete from closed_days where site_id = :site_id and date = cast(:date as date)
