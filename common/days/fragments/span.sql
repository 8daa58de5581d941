        -- of the site's local day and of the UTC day, whichever begins first and ends last
        select least(
                cast(day.date as timestamp) at time zone time_zone,
                cast(day.date as timestamp) at time zone next_time_zone,
                cast(day.date as timestamp) at time zone 'UTC'
            ) as first,
            greatest(
                cast(day.date + 1 as timestamp) at time zone time_zone,
                cast(day.date + 1 as timestamp) at time zone next_time_zone,
                cast(day.date + 1 as timestamp) at time zone 'UTC'
            ) as last
