-- Some ids and all that each is one visitor with; nothing of those that are one with no other.
select distinct member.site_id, member.visitor, member.root, member.continues
from rows from (
    json_array_elements_text(cast(:sites as json)), json_array_elements_text(cast(:visitors as json))
) as one (site_id, visitor)
join visitor_links as link on link.site_id = one.site_id and link.visitor = one.visitor
join visitor_links as member on member.site_id = link.site_id and member.root = link.root
