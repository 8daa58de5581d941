"""Recovers events that PostgreSQL has lost from what the queue's append-only file still has."""
