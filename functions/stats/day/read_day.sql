-- A site's figures of a day, from the aggregates alone; zeros for a day without events.
-- `views >= 0` is always true. It belongs to the index daily_paths_top alone, which the planner thereby takes, in order,
-- also before it has statistics: else it expects three paths and sorts 200,000.
select
    coalesce(day.total_views, 0),
    coalesce(day.unique_users, 0),
    (
        select coalesce(json_agg(json_build_object('path', path, 'views', views)
            order by views desc, path), '[]')
        from (
            select path, views from daily_paths
            where site_id = :site_id and date = cast(:date as date) and views >= 0
            order by views desc, path
            limit cast(:most as int)
        ) as top
    )
from (values (1)) as one
left join daily_stats as day on day.site_id = :site_id and day.date = cast(:date as date)
