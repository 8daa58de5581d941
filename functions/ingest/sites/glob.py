"""Patterns of paths and hosts, as in queries: `*` is any run of characters, `?` any one."""

import re
from collections.abc import Callable


def compile_glob(glob: str) -> Callable[[str], bool]:
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
