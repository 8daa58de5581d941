"""Texts of SQL with slots."""
