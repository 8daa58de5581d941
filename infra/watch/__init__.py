"""Watches the ledger beside a running system, and shows at GET /metrics whether it closes."""
