"""What the rest of the code names of pg8000: its connection, and the errors that it tells apart."""

from pg8000.exceptions import DatabaseError, Error
from pg8000.native import Connection

__all__ = ["Connection", "DatabaseError", "Error"]
