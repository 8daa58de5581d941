"""What reports and alarms ask stats for, over HTTP or by invoking its function."""
