    -- the site's day is over, and was not written for so many hours
    next_time_zone is null and last <= now() and added_at <= now() - cast(:hours as integer) * interval '1 hour'
        and not exists (
            select from daily_stats as written
            where written.site_id = day.site_id
                and written.date between cast(first at time zone 'UTC' as date) and cast(last at time zone 'UTC' as date)
                and written.updated_at > now() - cast(:hours as integer) * interval '1 hour'
        )
