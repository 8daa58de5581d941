"""What the functions and the infrastructure share. Imports neither of them."""
