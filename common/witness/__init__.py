"""The witness: PostgreSQL remembers what the queue was seen to hold, so that a loss is noticed, of either."""
