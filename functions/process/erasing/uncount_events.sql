-- Take events of a site, which are deleted already, out of the figures that follow from single events: the opposite of
-- count_events.sql. Whether somebody was still seen that day with a value, the events that are left say: so it does not
-- matter whether the day is closed. Returns for the visits (visitor, microseconds, day) of each; and rows of rollups
-- that may be empty now.
with erased as materialized (
    select one.*, local_day(one."timestamp", time_zone, next_time_zone, rebuilt_until) as day,
        cast(one."timestamp" at time zone 'UTC' as date) as utc_day, one.event_type = 'page_view' as is_view,
        one.engaged_ms is null as is_event,
        one.engaged_ms is not null and one.scroll_depth_before is null as is_first_report,
        greatest(one.scroll_depth - coalesce(one.scroll_depth_before, 0), 0) as scrolled
    from json_populate_recordset(cast(null as events), cast(:events as json)) as one
    join sites on sites.site_id = one.site_id
), span as materialized ( -- of their days; the clock may change at midnight, hence the hours around
    select least(
            cast(min(day) as timestamp) at time zone min(time_zone),
            cast(min(day) as timestamp) at time zone min(next_time_zone), cast(min(utc_day) as timestamp) at time zone 'UTC'
        ) - interval '3 hours' as first,
        greatest(
            cast(max(day) + 1 as timestamp) at time zone min(time_zone),
            cast(max(day) + 1 as timestamp) at time zone min(next_time_zone),
            cast(max(utc_day) + 1 as timestamp) at time zone 'UTC'
        ) + interval '3 hours' as last
    from erased join sites using (site_id)
), rest as materialized ( -- what is left of the same visitors and users
    select events.*, local_day("timestamp", time_zone, next_time_zone, rebuilt_until) as day,
        cast("timestamp" at time zone 'UTC' as date) as utc_day
    from events join sites using (site_id)
    where events.site_id = :site_id and "timestamp" >= (select first from span) and "timestamp" < (select last from span)
        and (visitor in (select visitor from erased) or user_id in (select user_id from erased))
), occurrence as (
    select erased.*, dimension, value from erased cross join lateral (
{event_values}
    ) as has (dimension, value)
), occurrences as materialized (
    select *, case when visitor is not null then
            cast(md5(concat_ws(' ', length(dimension), length(value), dimension, value, visitor)) as uuid)
        end as key
    from (
        select day, dimension collate "C" as dimension, value collate "C" as value, visitor,
            count(*) filter (where is_view) as page_views, count(*) filter (where is_event) as events,
            count(*) filter (where not is_event) as reports, sum(engaged_ms) as engaged_ms,
            count(*) filter (where is_first_report) as engaged_views, sum(scrolled) as scrolled
        from occurrence
        where value is not null and is_counted
        group by 1, 2, 3, 4
    ) as one
), still as materialized (
    select distinct day,
        cast(md5(concat_ws(' ', length(dimension), length(value), dimension, value, visitor)) as uuid) as key
    from rest cross join lateral (
{event_values}
    ) as has (dimension, value)
    where value is not null and is_counted and visitor is not null
), gone as materialized (
    select day, key from occurrences where key is not null
    except
    select day, key from still
), forgotten_values as (
    delete from daily_values using gone where site_id = :site_id and date = gone.day and daily_values.key = gone.key
), figures as (
    select dimension, day, value, sum(page_views) as page_views, sum(events) as events,
        count(gone.key) as visitor_days, sum(reports) as reports, sum(engaged_ms) as engaged_ms,
        sum(engaged_views) as engaged_views, sum(scrolled) as scrolled
    from occurrences left join gone using (day, key)
    group by dimension, day, value
    union all
    select dimension collate "C", day, value collate "C", count(*) filter (where is_view),
        count(*) filter (where is_event), 0, count(*) filter (where not is_event), sum(engaged_ms),
        count(*) filter (where is_first_report), sum(scrolled)
    from erased cross join lateral (
        values ('', ''), {attribute_pairs}
    ) as has (dimension, value)
    where visitor is null and value is not null and is_counted
    group by 1, 2, 3
), uncounted_values as (
    update rollups as kept set
        page_views = kept.page_views - less.page_views, events = kept.events - less.events,
        visitor_days = kept.visitor_days - less.visitor_days, {engagement_lessened}
    from (
        select dimension, grain, date, value, sum(page_views) as page_views, sum(events) as events,
            sum(visitor_days) as visitor_days, {engagement_summed}
        from figures cross join lateral (
            values ('day' collate "C", day), ('month', cast(date_trunc('month', day) as date))
        ) as period (grain, date)
        group by 1, 2, 3, 4
    ) as less
    where kept.site_id = :site_id and kept.dimension = less.dimension and kept.grain = less.grain
        and kept.date = less.date and kept.value = less.value
    returning kept.dimension, kept.grain, kept.date, kept.value, kept.events, kept.reports
), uncounted_quarters as (
    update quarter_stats as kept set
        page_views = kept.page_views - less.page_views, events = kept.events - less.events, {engagement_lessened}
    from (
        select date_bin('15 minutes', "timestamp", timestamptz 'epoch') as at,
            count(*) filter (where is_view) as page_views, count(*) filter (where is_event) as events,
            count(*) filter (where not is_event) as reports, sum(engaged_ms) as engaged_ms,
            count(*) filter (where is_first_report) as engaged_views, sum(scrolled) as scrolled
        from erased where is_counted group by 1
    ) as less
    where kept.site_id = :site_id and kept.at = less.at
), gone_users as materialized (
    select utc_day, user_id from erased where user_id is not null
    except
    select utc_day, user_id from rest
), forgotten_users as (
    delete from daily_users using gone_users as gone
    where site_id = :site_id and date = utc_day and daily_users.user_id = gone.user_id
), uncounted_paths as (
    update daily_paths as kept set views = kept.views - less.views
    from (select utc_day, path, count(*) as views from erased where is_view group by 1, 2) as less
    where kept.site_id = :site_id and kept.date = less.utc_day and kept.path = less.path
), uncounted_days as (
    update daily_stats as kept set
        total_views = kept.total_views - less.views, unique_users = kept.unique_users - less.users
    from (
        select utc_day, sum(views) as views, sum(users) as users
        from (
            select utc_day, count(*) filter (where is_view) as views, 0 as users from erased group by 1
            union all
            select utc_day, 0, count(*) from gone_users group by 1
        ) as day
        group by 1
    ) as less
    where kept.site_id = :site_id and kept.date = less.utc_day
), forgotten_crossings as (
    delete from crossings using erased
    where crossings.site_id = :site_id and crossings.visitor = 'd' || visitor_id
        and previous = 'd' || previous_visitor_id and at = "timestamp"
), changed_site as (
    update sites set version = version + 1, changed_at = statement_timestamp() where site_id = :site_id
)
select (
    select json_agg(json_build_array(visitor, cast(extract(epoch from "timestamp") * 1000000 as bigint), day))
    from erased where visitor is not null and is_counted
), (
    select cast(json_agg(json_build_array(dimension, grain, date, value)) as text)
    from uncounted_values where events = 0 and reports is null
)
