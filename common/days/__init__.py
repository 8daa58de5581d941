"""Days of a site that are no longer written: closed, without who was seen with what; and opened again when they are."""
