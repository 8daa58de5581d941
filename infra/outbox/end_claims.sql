-- Whoever claimed these is dead: nobody knows whether they arrived.
update outbox set
    state = case when repeats then 'waiting' else 'unknown' end,
    fault = 'whoever was sending it died'
where state = 'sending' and claimed_at < now() - :seconds * interval '1 second'
