-- Events at the edges of a range, each edge by itself: a visitor of both is one of each one's day.
where event.site_id = :site_id and event.is_counted
    and (
        event."timestamp" >= cast(:start as timestamptz) and event."timestamp" < cast(:inner_start as timestamptz)
        or event."timestamp" >= cast(:inner_after as timestamptz) and event."timestamp" < cast(:after as timestamptz)
    )
    {conditions}
group by 1, event."timestamp" < cast(:inner_start as timestamptz)
