"""Wishes to erase events of a site: what they are about, and where they are kept."""
