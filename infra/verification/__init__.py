"""Checks that the aggregates equal a recount of the events."""
