"""Totals of days that other trackers counted, kept beside a site's own figures."""
