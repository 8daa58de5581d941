"""The schema: numbered migrations, indexes of events, and the backfill of older events into the figures."""
