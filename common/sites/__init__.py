"""Sites: what their owners set, and where that is kept."""
