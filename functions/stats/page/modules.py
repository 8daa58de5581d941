"""Joins the page's modules into a few files: forty small ones would be forty requests, and compress worse.

What the first module imports is one file. What is imported late, by `import("…")`, is a file of its own with what
only that part needs, and is loaded when it is shown.

Each module becomes a function that is called once, in the order of their imports. Our own modules keep to a plain form:
an import is one line with braces, and an export is a function, a const or a class at the start of a line.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Mapping

_Imports = Mapping[str, list[str]]
"""What each module imports, by its path."""

_IMPORT = re.compile(r'^import \{ ([^}]+) \} from "(\.[^"]+)";$', re.MULTILINE)
_LATE_IMPORT = re.compile(r'import\("(\.[^"]+)"')
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class) (\w+))", re.MULTILINE)
_LEFT_OUT = re.compile(r"^(?://.*|/\*\*.*\*/|\s*)$")
"""Lines that are comments, or empty."""


def join_modules(modules: Mapping[str, str], entry: str) -> dict[str, str]:
    """Files by path that do what `entry` does: `entry` itself, and one for each module that is imported late.

    `modules`: texts by path; an import of any other path stays one. What two late files need is in the first.
    """
    imports = {path: [_resolve(path, target) for _, target in _IMPORT.findall(text)] for path, text in modules.items()}
    late = _find_late(modules, imports, entry)
    parts = {start: _order(imports, [start]) for start in late}
    needed = Counter(path for order in parts.values() for path in order)
    first = _order(imports, [entry, *(path for path, count in needed.items() if count > 1)])
    names = {path: f"${number}" for number, path in enumerate(dict.fromkeys([*first, *needed]))}
    asked: set[str] = set()
    files = {}
    for start, order in parts.items():
        own = [path for path in order if path not in first]
        used = [path for path in order if path in first and _is_imported(imports, own, path)]
        asked.update(used)
        files[start] = _join_late(modules, start, own, used, names, entry)
    return {entry: _join_first(modules, first, asked, names, entry), **files}


def _find_late(modules: Mapping[str, str], imports: _Imports, entry: str) -> list[str]:
    """The modules that are imported late, by any module that can be reached."""
    late: list[str] = []
    waiting = [entry]
    while waiting:
        for path in _order(imports, [waiting.pop()]):
            for target in _LATE_IMPORT.findall(modules.get(path, "")):
                found = _resolve(path, target)
                if found in modules and found not in late:
                    late.append(found)
                    waiting.append(found)
    return late


def _order(imports: _Imports, starts: Iterable[str]) -> list[str]:
    order: list[str] = []
    for start in starts:
        _walk(imports, start, order, ())
    return order


def _walk(imports: _Imports, path: str, order: list[str], above: tuple[str, ...]) -> None:
    if path in above:
        raise ValueError(f"{path} imports itself, by way of {above[-1]}")
    if path in order:
        return
    for target in imports.get(path, []):
        _walk(imports, target, order, (*above, path))
    order.append(path)


def _is_imported(imports: _Imports, importers: Iterable[str], path: str) -> bool:
    return any(path in imports.get(importer, []) for importer in importers)


def _join_first(
    modules: Mapping[str, str], order: list[str], asked: Iterable[str], names: Mapping[str, str], entry: str
) -> str:
    kept = [f'import * as {names[path]} from "./{path}";' for path in order if path not in modules]
    wrapped = (_wrap(path, modules[path], names, entry) for path in order if path in modules)
    exported = ", ".join(sorted(names[path] for path in asked))
    return "\n".join([*kept, *wrapped, *([f"export {{ {exported} }};"] if exported else [])]) + "\n"


def _join_late(
    modules: Mapping[str, str], start: str, own: list[str], used: list[str], names: Mapping[str, str], entry: str
) -> str:
    """One of the late files. It takes what it shares from the first file, so that there is one of each."""
    above = posixpath.relpath(entry, posixpath.dirname(start) or ".")
    shared = ", ".join(names[path] for path in used)
    exported = ", ".join(_list_exports(modules[start]))
    lines = [f'import {{ {shared} }} from "{above if above.startswith(".") else f"./{above}"}";'] if used else []
    lines += [_wrap(path, modules[path], names, start) for path in own]
    return "\n".join([*lines, f"export const {{ {exported} }} = {names[start]};"]) + "\n"


def _wrap(path: str, text: str, names: Mapping[str, str], file: str) -> str:
    def take(match: re.Match[str]) -> str:
        return f"const {{ {match[1].replace(' as ', ': ')} }} = {names[_resolve(path, match[2])]};"

    def take_late(match: re.Match[str]) -> str:
        target = posixpath.relpath(_resolve(path, match[1]), posixpath.dirname(file) or ".")
        return f'import("{target if target.startswith(".") else f"./{target}"}"'

    exported = ", ".join(_list_exports(text))
    text = _LATE_IMPORT.sub(take_late, _IMPORT.sub(take, text))
    lines = [line.strip() for line in _EXPORT.sub("", text).splitlines()]
    body = "\n".join(line for line in lines if not _LEFT_OUT.match(line))
    return f"const {names[path]} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();"


def _list_exports(text: str) -> list[str]:
    return [match[1] for match in _EXPORT.finditer(text)]


def _resolve(path: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
