select id, at, actor, action, target, detail
from audit_log
where id < coalesce(cast(:before as bigint), 9223372036854775807)
order by id desc
limit :most
