        values ('path', path), ('hostname', hostname), ('event_type', case when engaged_ms is null then event_type end)
