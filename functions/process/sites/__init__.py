"""What the processor does about sites, asked by the poller, which has no way to the database."""
