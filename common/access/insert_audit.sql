insert into audit_log (actor, action, target, detail) values (:actor, :action, :target, cast(:detail as jsonb))
