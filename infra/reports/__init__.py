"""Reports: which are due, what they say, and what is done of them and of alarms each minute."""
