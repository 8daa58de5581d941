-- Give a site these aliases and no others; returns those that another site has.
with wanted as (
    select (value ->> 0) collate "C" as dialect, (value ->> 1) collate "C" as external_id
    from json_array_elements(cast(:aliases as json))
), dropped as (
    delete from site_aliases
    where site_id = :site_id and (dialect, external_id) not in (select dialect, external_id from wanted)
), added as (
    insert into site_aliases (dialect, external_id, site_id)
    select dialect, external_id, :site_id from wanted order by 1, 2
    on conflict do nothing
)
select dialect, external_id from site_aliases join wanted using (dialect, external_id) where site_id <> :site_id
