-- The sites of which anything is kept, up to so many, those with most views first. Each step finds the next one by an
-- index of each table.
with recursive found as (
    select least(
        (select min(site_id) from sites), (select min(site_id) from events), (select min(site_id) from visits),
        (select min(site_id) from rollups), (select min(site_id) from daily_values),
        (select min(site_id) from quarter_stats), (select min(site_id) from visitor_links),
        (select min(site_id) from daily_stats), (select min(site_id) from daily_paths),
        (select min(site_id) from daily_users)
    ) as site_id
    union all
    select least(
        (select min(site_id) from sites where site_id > found.site_id),
        (select min(site_id) from events where site_id > found.site_id),
        (select min(site_id) from visits where site_id > found.site_id),
        (select min(site_id) from rollups where site_id > found.site_id),
        (select min(site_id) from daily_values where site_id > found.site_id),
        (select min(site_id) from quarter_stats where site_id > found.site_id),
        (select min(site_id) from visitor_links where site_id > found.site_id),
        (select min(site_id) from daily_stats where site_id > found.site_id),
        (select min(site_id) from daily_paths where site_id > found.site_id),
        (select min(site_id) from daily_users where site_id > found.site_id)
    )
    from found where site_id is not null
), listed as (
    select site_id from found where site_id is not null limit cast(:most as integer)
)
select site_id from listed left join daily_stats using (site_id)
group by site_id order by coalesce(sum(total_views), 0) desc, site_id
