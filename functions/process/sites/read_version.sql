-- What changes whenever something is set of any site, one is made, or deleted: a sum over the rows that are committed.
-- A counter would have to be locked, or would be seen before what it counts.
select concat_ws('-',
    (select concat(count(*), '.', coalesce(sum(hashtextextended(site_id || ' ' || revision, 0)), 0)) from site_settings),
    (
        select concat(count(*), '.', coalesce(sum(hashtextextended(dialect || ' ' || external_id || ' ' || site_id, 0)), 0))
        from site_aliases
    ),
    (select concat(count(*), '.', coalesce(sum(hashtextextended(site_id, 0)), 0)) from site_removals),
    (
        select concat(count(*), '.', coalesce(sum(hashtextextended(concat_ws(' ', key_id, sites, expires_at), 0)), 0))
        from access_keys
        where revoked_at is null
    )
)
