-- Days of a site that are closed: their figures are kept, and who was seen with what (daily_values, daily_users) is not.
-- What daily_values and daily_users still hold of a closed day is right, but need not be all.
create table closed_days (
    site_id text collate "C" not null,
    date date not null,
    rebuilt_until timestamptz, -- of a day that is being opened: all that was seen until then is there again
    rebuilt_at timestamptz, -- when it got that far
    primary key (site_id, date)
);

-- When the row was made, or this column: no day closes for some hours after it, in which a processor that knows of no
-- closed days may still write.
alter table sites add column added_at timestamptz not null default now();
