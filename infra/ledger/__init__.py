"""The ledger: whether every accepted event has exactly one outcome."""
