"""`analytics up`: the whole system on this machine, in the foreground."""

import sys

from common.settings import Settings


def run(settings: Settings) -> int:
    """Run everything until Ctrl-C or SIGTERM. Returns the exit code: 0, or 1 if it can't be started."""
    if sys.platform == "win32":
        sys.stdout.write("There is no Valkey for Windows: use Docker Compose instead (docker compose up -d).\n")
        return 1
    from infra.local import session  # its imports exist only on POSIX systems

    return session.run(settings)
