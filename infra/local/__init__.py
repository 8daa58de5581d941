"""Runs the whole system on one machine: embedded Valkey and PostgreSQL, and a supervisor for all parts."""
