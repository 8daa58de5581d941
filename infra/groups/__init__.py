"""Moves slots of sites from one group to another."""
