-- Our functions work in the schema that they are in, whichever that is: released migrations named one, and two groups may
-- share a database. Applied after the migrations, each time; where all is as it should be nothing is touched.
do $$
declare
    function text;
begin
    for function in
        select cast(cast(oid as regprocedure) as text) from pg_proc
        where pronamespace = to_regnamespace(quote_ident(current_schema()))
            and proname in ('make_events_partition', 'forget_access', 'drop_empty_month', 'drop_expired_month')
            and proconfig <> array[format('search_path=%I, pg_temp', current_schema())]
    loop
        execute format('alter function %s set search_path = %I, pg_temp', function, current_schema());
    end loop;
end
$$
