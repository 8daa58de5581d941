-- In the home group: since when a slot is being moved, until nothing of it is left where it was.
alter table slots add column moving_since timestamptz;
