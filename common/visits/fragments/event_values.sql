{plain_values}
        union all
        select 'props.' || name, text from jsonb_each_text(props) as property (name, text)
