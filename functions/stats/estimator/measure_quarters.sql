-- How many events and visits lie in the quarter hours of a range: what a query would have to read.
select coalesce(sum(events), 0), coalesce(sum(visits), 0)
from quarter_stats
where site_id = :site_id and at > cast(:start as timestamptz) - interval '15 minutes'
    and at < cast(:after as timestamptz)
