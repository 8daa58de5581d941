"""Keeps the list of crawlers up."""
