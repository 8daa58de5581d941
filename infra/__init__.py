"""The infrastructure around the functions: what a cloud platform would otherwise provide."""
