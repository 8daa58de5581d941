"""The consumer's side of the queue: reading, settling, dead letters, the backlog and the server's safety."""
