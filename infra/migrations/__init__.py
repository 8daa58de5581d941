"""The schema: numbered migrations, indexes of events, and counting events that precede an aggregate."""
