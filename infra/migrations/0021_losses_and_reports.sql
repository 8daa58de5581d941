-- A database that was restored from a copy notices that the queue had settled more.
alter table queue_losses drop constraint queue_losses_cause_check;
alter table queue_losses add constraint queue_losses_cause_check
    check (cause in ('replaced', 'went_back', 'database_went_back'));

-- Who gets a site's figures by mail.
create table report_subscriptions (
    subscription_id text collate "C" primary key,
    site_id text collate "C" not null,
    period text collate "C" not null check (period in ('weekly', 'monthly')),
    address text collate "C" not null,
    secret text collate "C" not null, -- signs the link that ends it
    created_at timestamptz not null default now(),
    unique (site_id, period, address)
);

create table alarms (
    alarm_id text collate "C" primary key,
    site_id text collate "C" not null, -- empty: of the whole system
    kind text collate "C" not null check (kind in ('spike', 'silence', 'ledger', 'backlog')),
    target text collate "C" not null, -- an address, or the URL of a webhook
    secret text collate "C" not null, -- signs what a webhook gets
    threshold double precision not null,
    created_at timestamptz not null default now(),
    firing_since timestamptz, -- null: all is well
    unique (site_id, kind, target)
);

-- What is to be sent, and was. A row is there before its message is sent, so that each is made once.
create table outbox (
    message_id text collate "C" primary key, -- tells what it is about: the second one of the same is not made
    site_id text collate "C" not null,
    target text collate "C" not null,
    secret text collate "C" not null,
    content json not null,
    repeats boolean not null, -- whether it is sent again when nobody knows if it arrived
    state text collate "C" not null default 'waiting'
        check (state in ('waiting', 'sending', 'sent', 'unknown', 'failed')),
    attempts integer not null default 0,
    due_at timestamptz not null default now(),
    claimed_at timestamptz,
    fault text not null default '',
    created_at timestamptz not null default now()
);

create index outbox_open on outbox (due_at) where state in ('waiting', 'sending');
