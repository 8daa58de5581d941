"""What only the process function runs: batches into PostgreSQL."""
