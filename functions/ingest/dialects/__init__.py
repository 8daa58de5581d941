"""Other trackers' requests: each dialect is read into events of ours, and answered as its clients expect. Pure."""
