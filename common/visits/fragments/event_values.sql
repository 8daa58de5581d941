        values ('path', path), ('hostname', hostname), ('event_type', event_type)
        union all
        select 'props.' || name, text from jsonb_each_text(props) as property (name, text)
