"""Host names, and to whom they belong."""
