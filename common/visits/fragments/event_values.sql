        values ('path', path), ('hostname', hostname), ('event_type', case when engaged_ms is null then event_type end)
        union all
        select 'props.' || name, text from jsonb_each_text(props) as property (name, text)
