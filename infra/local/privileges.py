"""Finds a user and the least capability to run PostgreSQL with, because it refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from infra.local.errors import StartFailed

_CAPABILITIES = ("", "dac_read_search", "dac_override")  # from the least to the most
_PROBE = 'cd "$1" && : <"$2" && exec "$3" --version'


def unprivileged_user(folder: Path) -> tuple[int, int] | None:
    """The (uid, gid) to run PostgreSQL as for the data in `folder`; None for the current user."""
    if os.geteuid() != 0:
        return None
    if folder.exists() and folder.stat().st_uid != 0:
        return folder.stat().st_uid, folder.stat().st_gid
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return user.pw_uid, user.pw_gid
    raise StartFailed("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as.")


def prefix(user: tuple[int, int] | None, folder: Path, program: Path, shared_file: Path) -> list[str]:
    """The prefix for a command line that makes it run as `user`.

    If `folder`, `program` or `shared_file` is inside a folder that only root may enter, the command keeps one
    capability, because we should not change the modes of such folders.
    Raises StartFailed if there is no way to run it.
    """
    if user is None:
        return []
    if shutil.which("setpriv") is None:
        raise StartFailed("PostgreSQL refuses to run as root and `setpriv` is missing: start as another user.")
    for capability in _CAPABILITIES:
        command = _setpriv(user, capability)
        probe = [*command, "sh", "-c", _PROBE, "probe", str(folder), str(shared_file), str(program)]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return command
    raise StartFailed(
        f"PostgreSQL refuses to run as root, and the user with id {user[0]} can't reach {program} and {folder}:"
        " start as another user, or move them."
    )


def _setpriv(user: tuple[int, int], capability: str) -> list[str]:
    command = ["setpriv", f"--reuid={user[0]}", f"--regid={user[1]}", "--clear-groups"]
    if capability:
        # Without no_setuid_fixup, access(2), which initdb calls, ignores the capability.
        command += ["--securebits=+no_setuid_fixup", f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"]
    return command
