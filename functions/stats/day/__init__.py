"""GET /stats: the figures of one day, as the first release answered them."""
