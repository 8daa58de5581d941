-- Of the visitors who can be known again: how many were seen first in each period (in later_period null), and how many of
-- these in which later one. Beside them (in cohort null) all who were seen: 1 who can be known again, 0 who can't.
with {seen}, cohorts as (
    select visitor, min(first_period) as cohort
    from seen
    where visitor >= 'u' and visitor < 'v'
    group by visitor
), present as (
    select distinct visitor, later_period
    from seen
    cross join lateral generate_series(greatest(first_period, 1), last_period) as later_period
    where returns and visitor >= 'u' and visitor < 'v'
)
select cohort, later_period, count(*) as visitors
from cohorts join present using (visitor)
where cohort > 0
group by cohort, later_period
union all
select cohort, null, count(*)
from cohorts
where cohort > 0
group by cohort
union all
select null, case when visitor >= 'u' and visitor < 'v' then 1 else 0 end, count(distinct visitor)
from seen
where last_period > 0
group by 2
