"""Finds an interpreter of Lambda's Python version on this machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

VERSION = "3.13"


def find_interpreter() -> str | None:
    """The path of a Python of Lambda's version: LAMBDA_PYTHON, this one, on the PATH, or from pyenv or uv."""
    home = Path.home()
    candidates = [
        os.environ.get("LAMBDA_PYTHON"),
        sys.executable,
        shutil.which(f"python{VERSION}"),
        # pyenv keeps versions side by side, wherever it is
        *map(str, sorted(Path(sys.base_prefix).parent.glob(f"{VERSION}.*/bin/python"))),
        *map(str, sorted((home / ".pyenv/versions").glob(f"{VERSION}.*/bin/python"))),
        *map(str, sorted((home / ".local/share/uv/python").glob(f"cpython-{VERSION}.*/bin/python{VERSION}"))),
    ]
    return next((path for path in candidates if path and _is_right(path)), None)


def _is_right(path: str) -> bool:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        result = subprocess.run([path, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return False
    return result.stdout.strip() == VERSION


if __name__ == "__main__":
    found = find_interpreter()
    sys.exit(sys.stdout.write(f"{found}\n") and 0 if found else 1)
