"""Retention: how many of the visitors who came first in one day, week or month came again in later ones."""
