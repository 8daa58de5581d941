"""The names of pg8000 that the rest of the code may use: the connection, and the errors it distinguishes."""

from pg8000.exceptions import DatabaseError, Error
from pg8000.native import Connection

__all__ = ["Connection", "DatabaseError", "Error"]
