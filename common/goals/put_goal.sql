-- Make a goal or define it anew; no row where the site has too many.
insert into goals (site_id, name, event, path, filters, has_revenue)
select :site_id, :name, cast(:event as text), cast(:path as text), :filters, cast(:has_revenue as boolean)
where (select count(*) from goals where site_id = :site_id and name <> :name) < cast(:most as int)
on conflict (site_id, name) do update set
    event = excluded.event, path = excluded.path, filters = excluded.filters, has_revenue = excluded.has_revenue
returning name, event, path, filters, has_revenue
