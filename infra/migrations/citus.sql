-- Distributes the tables by site over the workers of a Citus cluster (see docs/scaling.md for how and when).
-- Run it once, on the coordinator, after the migrations. All rows of a site are on one worker, so every
-- statement of a batch and every read of a site runs on that worker alone.
select create_distributed_table('events', 'site_id');
select create_distributed_table('daily_stats', 'site_id', colocate_with => 'events');
select create_distributed_table('daily_paths', 'site_id', colocate_with => 'events');
select create_distributed_table('daily_users', 'site_id', colocate_with => 'events');
select create_distributed_table('rejected_events', 'site_id', colocate_with => 'events');
select create_distributed_table('outcomes', 'site_id', colocate_with => 'events');
select create_distributed_table('sites', 'site_id', colocate_with => 'events');
select create_distributed_table('visits', 'site_id', colocate_with => 'events');
select create_distributed_table('visitor_links', 'site_id', colocate_with => 'events');
select create_distributed_table('crossings', 'site_id', colocate_with => 'events');
select create_distributed_table('rollups', 'site_id', colocate_with => 'events');
select create_distributed_table('daily_values', 'site_id', colocate_with => 'events');
select create_distributed_table('quarter_stats', 'site_id', colocate_with => 'events');
select create_distributed_table('filtered_events', 'site_id', colocate_with => 'events');
select create_distributed_table('site_settings', 'site_id', colocate_with => 'events');
select create_distributed_table('site_removals', 'site_id', colocate_with => 'events');
-- An alias is one site's alone, whichever that is: the few there are lie on every worker.
select create_reference_table('site_aliases');
-- An entry has events of several sites, so it is claimed by its own id, in a separate statement.
select create_distributed_table('processed_entries', 'entry', colocate_with => 'none');
