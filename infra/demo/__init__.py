"""A site to look at: believable traffic of the last weeks, sent through ingest."""
