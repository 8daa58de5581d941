"""POST /event and POST /events: what only the ingest function runs."""
