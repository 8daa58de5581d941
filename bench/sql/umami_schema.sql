-- The shape of a tracker that aggregates raw events at read time, with the indexes that such a tracker has:
-- an event names its session (the visitor) and its visit; what is known of a client is the session's.
create schema umami;

create table umami.session (
    session_id uuid primary key,
    website_id uuid not null,
    browser text, os text, device text, screen text, language text,
    country text, region text, city text,
    created_at timestamptz not null
);

create table umami.website_event (
    event_id uuid primary key,
    website_id uuid not null,
    session_id uuid not null,
    visit_id uuid not null,
    created_at timestamptz not null,
    url_path text,
    referrer_domain text,
    utm_source text, utm_medium text, utm_campaign text,
    page_title text,
    hostname text,
    event_type int not null, -- 1: a page view
    event_name text
);

-- A visit as such a tracker makes it when an event arrives: the session's id and the hour.
insert into umami.website_event
select event_id, cast(md5(site_id) as uuid), cast(md5(who) as uuid),
    cast(md5(who || cast(date_trunc('hour', "timestamp") as text)) as uuid), "timestamp", path,
    split_part(referrer, '/', 1), utm_source, utm_medium, utm_campaign, title, hostname,
    case event_type when 'page_view' then 1 else 2 end, nullif(event_type, 'page_view')
from (
    select *, coalesce('u' || user_id, visitor, cast(event_id as text)) as who from events where site_id = 'year'
) as event;

insert into umami.session
select distinct on (who) cast(md5(who) as uuid), cast(md5(site_id) as uuid), browser, os, device, screen,
    language, country, region, city, "timestamp"
from (
    select *, coalesce('u' || user_id, visitor, cast(event_id as text)) as who from events where site_id = 'year'
) as event
order by who, "timestamp";

create index on umami.session (website_id, created_at);
create index on umami.session (created_at);
create index on umami.website_event (created_at);
create index on umami.website_event (session_id);
create index on umami.website_event (visit_id);
create index on umami.website_event (website_id, created_at);
create index on umami.website_event (website_id, created_at, url_path);
create index on umami.website_event (website_id, created_at, referrer_domain);
create index on umami.website_event (website_id, session_id, created_at);
create index on umami.website_event (website_id, visit_id, created_at);
