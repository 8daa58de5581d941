-- The columns of a table that can be written.
select quote_ident(attname) from pg_attribute
where attrelid = to_regclass(:table) and attnum > 0 and not attisdropped and attgenerated = ''
order by attnum
