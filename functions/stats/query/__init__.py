"""Queries about a site's figures: what may be asked, and what it means."""
