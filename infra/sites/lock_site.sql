-- A site's time zone, with its row locked: nobody else writes its figures until the transaction ends.
select time_zone from sites where site_id = :site_id for update
