"""Parts of statements that recount what the events say."""
