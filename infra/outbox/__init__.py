"""The outbox: each message is made once, kept there, and sent by mail or webhook."""
