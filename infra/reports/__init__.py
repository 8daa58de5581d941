"""Reports and alarms: made once each, put into an outbox, and sent by mail or webhook."""
