-- Every visit, quarter hour, rollup and value seen that differs from its recount from the events: all from one recount.
with
{recount_visits}
,
{recount_quarters}
,
{recount_rollups}
{differing_visits}
union all
{differing_rollups}
