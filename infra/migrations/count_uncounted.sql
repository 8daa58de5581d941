-- Count the oldest of a site's uncounted events. The caller has locked the site.
-- Returns how many were counted, the rows of count_events.sql from which the visits are updated, and days that have to be
-- opened first.
with chosen as materialized (
    select site_id, "timestamp", event_id from events
    where site_id = :site_id and not is_counted
    order by "timestamp"
    limit cast(:most as int)
), inserted as (
    update events set is_counted = true, visitor = coalesce(visitor, 'u' || user_id),
        sample = cast(
            hashtextextended(coalesce(visitor, 'u' || user_id, cast(events.event_id as text)), 0) & 1048575 as integer
        )
    from chosen
    where events.site_id = chosen.site_id and events."timestamp" = chosen."timestamp"
        and events.event_id = chosen.event_id
    returning events.site_id, events."timestamp", events.event_id, event_type, path, user_id, visitor, hostname,
        {attributes}, props, engaged_ms, scroll_depth, scroll_depth_before, is_interactive
), changed_site as (
    update sites set version = version + 1, changed_at = statement_timestamp()
    where site_id = :site_id and exists (select from inserted)
),
{count_events}
select (select count(*) from inserted), (select rows from new_events), (select rows from closed)
