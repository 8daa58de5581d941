"""Who gets figures by mail, and how they end that."""
