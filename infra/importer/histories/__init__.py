"""Histories: exports of other trackers and of this system, whose records are events. One module a tracker. Pure."""
