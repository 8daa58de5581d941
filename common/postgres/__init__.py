"""PostgreSQL: connections, and the SQL files that lie beside the code that runs them. Only here is pg8000 imported."""
