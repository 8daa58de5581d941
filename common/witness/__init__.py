"""The witness: PostgreSQL remembers what the queue was seen to hold, so that a queue with less is noticed."""
