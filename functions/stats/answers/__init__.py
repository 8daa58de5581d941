"""Answers as clients read them: JSON documents, CSV, the page of the last half hour."""
