-- Say how far what was seen on a closed day is there again.
update closed_days set rebuilt_until = cast(:until as timestamptz), rebuilt_at = now()
where site_id = :site_id and date = cast(:date as date)
