"""The import of totals of days: exports of other trackers that hold no events. They go into tables of their own."""
