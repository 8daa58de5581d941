"""Sites and their time zones."""
