"""What visitors did one after the other: which of their events are read, and how far a sample's figures may be off."""
