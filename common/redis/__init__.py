"""Redis, and the stream that events wait on. Only here is redis-py imported."""
