"""Journeys: the ways that visits take from a page or an event on, or to one."""
