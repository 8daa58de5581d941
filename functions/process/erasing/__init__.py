"""Erases events of a site, with all figures that follow from them, and keeps them from coming back."""
