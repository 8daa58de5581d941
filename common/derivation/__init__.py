"""What ingest works out from what a browser sends: pure functions over texts, with the data that they need.

Among the functions, only ingest imports this package; the importer does too. Its results travel in the event.
"""
