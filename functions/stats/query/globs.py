"""Patterns for LIKE, made from globs and from texts to be contained.

LIKE may cost the length of a text times that of its pattern, so common.filters bounds the patterns' total length.
"""

import re

_SPECIAL = re.compile(r"[\\%_]")


def escape(text: str) -> str:
    """A pattern that matches this text alone."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def contain(text: str) -> str:
    """A pattern that matches every text with this one in it."""
    return f"%{escape(text)}%"


def translate_glob(glob: str) -> str:
    """`*` is any run of characters, `?` any one; everything else stands for itself."""
    return escape(re.sub(r"\*+", "*", glob)).replace("*", "%").replace("?", "_")
