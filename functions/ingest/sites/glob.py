"""Patterns of paths and hosts, as in queries: `*` is any run of characters, `?` any one."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Set

Match = Callable[[str], bool]


def compile_globs(globs: Iterable[str]) -> Match | None:
    """What tells whether a text matches any of them as a whole; None: there are none.

    Most are a text, the beginning of one, or its end: those are looked up once for each length, however many there are.
    """
    begins, ends, parts = defaultdict[int, set[str]](set), defaultdict[int, set[str]](set), list[Match]()
    whole = set[str]()
    for glob in globs:
        if not re.search("[*?]", glob):
            whole.add(glob)
        elif not re.search("[*?]", glob[:-1]) and glob[-1] == "*":
            begins[len(glob) - 1].add(glob[:-1])
        elif not re.search("[*?]", glob[1:]) and glob[0] == "*":
            ends[len(glob) - 1].add(glob[1:])
        else:
            parts.append(compile_glob(glob))
    if whole:
        parts.append(whole.__contains__)
    parts += [_match_beginning(length, found) for length, found in begins.items()]
    parts += [_match_end(length, found) for length, found in ends.items()]
    if len(parts) <= 1:
        return parts[0] if parts else None
    return lambda text: any(part(text) for part in parts)


def _match_beginning(length: int, found: Set[str]) -> Match:
    return lambda text: text[:length] in found


def _match_end(length: int, found: Set[str]) -> Match:
    return lambda text: text[-length:] in found


def compile_glob(glob: str) -> Match:
    """What tells whether a text matches as a whole.

    No glob takes long, whatever it and the text are: the parts between stars are looked for from left to right, and
    none of them is ever looked for twice.
    """
    first, *rest = [_compile_part(part) for part in re.split(r"\*+", glob)]
    if not rest:
        return lambda text: first.fullmatch(text) is not None
    *middle, last = rest
    least = glob.count("?") + len(re.sub(r"[*?]", "", glob))
    last_length = len(re.split(r"\*+", glob)[-1])

    def matches(text: str) -> bool:
        start = first.match(text)
        if start is None or len(text) < least:
            return False
        position = start.end()
        for part in middle:
            found = part.search(text, position)
            if found is None:
                return False
            position = found.end()
        at = len(text) - last_length
        return at >= position and last.fullmatch(text, at) is not None

    return matches


def _compile_part(part: str) -> re.Pattern[str]:
    return re.compile("".join("." if character == "?" else re.escape(character) for character in part), re.DOTALL)
