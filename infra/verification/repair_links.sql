-- Make a site's visitor_links again from its events.
with recursive
{recount_visitors}
insert into visitor_links (site_id, visitor, root, continues)
select site_id, visitor, root, continues from joined order by 1, 2
