"""Parts of statements: none of them can be run by itself."""
