"""The database's roles: one for the tables' owner, one for the processor, one for stats."""
