"""Where the figures of a query come from: rollups, rows, or a sample of visitors."""
