"""Joins the page's modules into one file: forty small files would be forty requests, and compress worse.

Each module becomes a function that is called once, in the order of their imports. Our own modules keep to a plain form:
an import is one line with braces, and an export is a function, a const or a class at the start of a line.
"""

import posixpath
import re
from collections.abc import Mapping

_IMPORT = re.compile(r'^import \{ ([^}]+) \} from "(\.[^"]+)";$', re.MULTILINE)
_LATE_IMPORT = re.compile(r'import\("(\.[^"]+)"')
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)
_LEFT_OUT = re.compile(r"^(?://.*|/\*\*.*\*/|\s*)$")
"""Lines that are comments, or empty."""


def join_modules(modules: Mapping[str, str], entry: str) -> str:
    """One module that does what `entry` does. `modules`: texts by path; an import of any other path stays one."""
    order: list[str] = []
    _walk(modules, entry, order, ())
    own = [path for path in order if path in modules]
    names = {path: f"${number}" for number, path in enumerate(order)}
    kept = [f'import * as {names[path]} from "./{path}";' for path in order if path not in modules]
    return "\n".join([*kept, *(_wrap(path, modules[path], names) for path in own)]) + "\n"


def _walk(modules: Mapping[str, str], path: str, order: list[str], above: tuple[str, ...]) -> None:
    if path in above:
        raise ValueError(f"{path} imports itself, by way of {above[-1]}")
    if path in order:
        return
    for _, target in _IMPORT.findall(modules.get(path, "")):
        _walk(modules, _resolve(path, target), order, (*above, path))
    order.append(path)


def _wrap(path: str, text: str, names: Mapping[str, str]) -> str:
    def take(match: re.Match[str]) -> str:
        return f"const {{ {match[1].replace(' as ', ': ')} }} = {names[_resolve(path, match[2])]};"

    exported = ", ".join(match[1] for match in _EXPORT.finditer(text))
    text = _LATE_IMPORT.sub(lambda match: f'import("./{_resolve(path, match[1])}"', _IMPORT.sub(take, text))
    lines = [line.strip() for line in _EXPORT.sub("", text).splitlines()]
    body = "\n".join(line for line in lines if not _LEFT_OUT.match(line))
    return f"const {names[path]} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();"


def _resolve(path: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
