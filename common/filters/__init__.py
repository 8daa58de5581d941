"""Conditions on events, as queries and shared links have them."""
