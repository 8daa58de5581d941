"""Filters that the owner of a site named, to be used in every question."""
