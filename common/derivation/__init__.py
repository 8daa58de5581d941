"""What ingest works out from what a browser sends: pure functions over texts, with the data that they need.

Of the functions only ingest imports this package (and the importer); what it finds travels in the event.
"""
