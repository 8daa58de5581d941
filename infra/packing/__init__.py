"""Gives back the space that indexes take in vain."""
