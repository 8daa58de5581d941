-- How many events were filtered in the last 24 hours, by reason.
select reason, sum(events) from outcomes
where outcome = 'filtered' and minute > now() - interval '24 hours'
group by reason
order by reason
