"""Tests of what keys, passwords and names are."""
