"""Alarms: what each kind judges, and whether one fires."""
