"""What the owner of a site wants visitors to do: definitions, kept for each site."""
