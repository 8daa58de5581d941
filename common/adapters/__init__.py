"""One driver each, at the edge: translates its errors, connects lazily."""
