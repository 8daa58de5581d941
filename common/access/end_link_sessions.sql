delete from access_sessions where link_id = :link_id
