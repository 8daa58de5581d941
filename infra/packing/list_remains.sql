-- What a rebuilding that was interrupted has left.
select format('%s', cast(indexrelid as regclass))
from pg_index join pg_class on pg_class.oid = indexrelid
where not indisvalid and relnamespace = to_regnamespace(quote_ident(current_schema())) and relname ~ '_cc(new|old)[0-9]*$'
