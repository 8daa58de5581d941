-- A site's figures of a day, from the aggregates alone; zeros for a day without events.
select
    coalesce(day.total_views, 0),
    coalesce(day.unique_users, 0),
    (
        select coalesce(json_agg(json_build_object('path', path, 'views', views)
            order by views desc, path), '[]')
        from (
            select path, views from daily_paths
            where site_id = :site_id and date = cast(:date as date)
            order by views desc, path
            limit cast(:most as int)
        ) as top
    )
from (values (1)) as one
left join daily_stats as day on day.site_id = :site_id and day.date = cast(:date as date)
