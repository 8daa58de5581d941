"""The stream-polling shim: stands where a cloud's event-source mapping stands."""
