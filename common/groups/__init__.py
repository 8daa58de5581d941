"""Groups: the databases among which sites are spread, and the map that says which site is where."""
