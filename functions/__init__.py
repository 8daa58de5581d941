"""The deployable functions: one thin main.py each. Nothing imports them."""
