-- Visitors of October 2025, as events were stored before there were visits: 1 to 15 events each, three at most a visit.
insert into events (site_id, "timestamp", event_id, event_type, path, user_id, source, country)
select 'crowd', timestamptz '2025-10-01 00:00Z'
        + (hashtextextended(number || ' ' || event / 3, 1) & 1073741823) % (30 * 86400) * interval '1 second'
        + event % 3 * interval '5 minutes' * random(),
    gen_random_uuid(), case when random() < 0.9 then 'page_view' else 'signup' end,
    '/' || least(300, floor(power(random(), -1.2))), 'user ' || number,
    (array['Google', 'Google', 'Bing', 'news_letter', null])[1 + (hashtextextended('s' || number, 1) & 1023) % 5],
    (array['DE', 'DE', 'DE', 'US', 'IN'])[1 + (hashtextextended('c' || number, 1) & 1023) % 5]
from (
    select number, least(15, floor(power(random(), -0.7))) as events
    from generate_series(1, cast(:visitors as integer)) as visitor (number)
) as visitor
cross join lateral generate_series(0, cast(events - 1 as integer)) as one (event)
