"""Counts filtered events after all, where a site's owner wished so."""
