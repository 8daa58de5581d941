-- How long pages were looked at, and how far they were scrolled. Nullable columns rewrite nothing; null counts as zero.

alter table events
    -- only an engagement report has it: how long the page was looked at since the report before, in milliseconds
    add column engaged_ms integer,
    add column scroll_depth smallint, -- percent of the page that its view has shown so far
    add column scroll_depth_before smallint, -- what the report before said; null in the first of a page view
    add column is_interactive boolean; -- false: it ends no bounce

alter table visits
    add column interactions integer, -- events that end a bounce; null: all of them
    add column reports integer,
    add column engaged_ms bigint,
    add column engaged_views integer, -- page views of which a first report came
    add column scrolled bigint; -- percent, summed over these page views

alter table rollups
    add column reports bigint,
    add column engaged_ms bigint,
    add column engaged_views bigint,
    add column scrolled bigint;

alter table quarter_stats
    add column reports bigint,
    add column engaged_ms bigint,
    add column engaged_views bigint,
    add column scrolled bigint;
