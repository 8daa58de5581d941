-- Make a funnel or define it anew; no row where the site has too many.
insert into funnels (site_id, name, steps, mode, within, exclude)
select :site_id, :name, :steps, :mode, :within, :exclude
where (select count(*) from funnels where site_id = :site_id and name <> :name) < cast(:most as int)
on conflict (site_id, name) do update set
    steps = excluded.steps, mode = excluded.mode, within = excluded.within, exclude = excluded.exclude
returning name, steps, mode, within, exclude
