-- When anything was last stored, and how many events were refused.
select (select max(updated_at) from daily_stats), (select count(*) from rejected_events)
