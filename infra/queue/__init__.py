"""The queue from the consumer's side: reading, settling, dead letters, how much waits, how safe it is."""
