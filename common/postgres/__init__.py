"""PostgreSQL: connections, and the SQL files beside the code that runs them. Only this folder imports pg8000."""
