"""What ingest knows of sites, and what it does with it."""
