"""The page that shows the figures: files, served as they are."""
