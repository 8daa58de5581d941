"""GET /stats: the figures of one day, in the first release's form."""
