"""Whether a site is there, and kept there while something of it is written."""
