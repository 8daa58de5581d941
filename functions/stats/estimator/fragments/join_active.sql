-- An event's visit, of those that touch the range.
left join active as visit on visit.visitor = event.visitor
    and event."timestamp" >= visit.start and event."timestamp" <= visit."end"
