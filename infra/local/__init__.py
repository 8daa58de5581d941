"""The whole system on one machine: embedded Valkey and PostgreSQL, and what starts, watches and stops all parts."""
