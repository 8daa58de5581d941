"""Whether the aggregates equal a recount of the events."""
