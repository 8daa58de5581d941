"""Sites: their owners' settings, and where these are kept."""
