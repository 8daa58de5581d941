"""Redis, and the stream on which events wait. Only this folder imports redis-py."""
