"""The formats of access logs, one module each: a line in, its request out. Pure."""
