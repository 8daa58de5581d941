"""Who may do what: keys, users, sessions, shared links, and the log of changes."""
