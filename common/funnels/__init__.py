"""Steps that visitors should take one after the other: definitions, kept for each site."""
