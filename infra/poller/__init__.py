"""Polls the stream and invokes the processor, as an event source mapping does in a cloud."""
