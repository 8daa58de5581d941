"""What a caller may be allowed to do."""

from typing import Literal, get_args

Scope = Literal["ingest", "stats", "export", "import", "goals", "sites", "erase", "admin"]
"""`admin` may do everything, with every site."""
Role = Literal["view", "manage"]
"""What a user is to a site."""

SCOPES: tuple[Scope, ...] = get_args(Scope)
ROLES: tuple[Role, ...] = get_args(Role)

READING: tuple[Scope, ...] = ("stats", "export")
"""What the role `view` may do."""
MANAGING: tuple[Scope, ...] = (*READING, "import", "goals", "sites")
"""What the role `manage` may do."""
