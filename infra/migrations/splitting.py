"""Splits a SQL file into its statements: Citus sends a string to its nodes whole, so there must be one alone in it."""

import re

_TOKENS = re.compile(
    r"""
    (?P<end> ; )
    | --[^\n]*
    | '(?: [^'] | '' )*'
    | "(?: [^"] | "" )*"
    | \$(?P<tag> (?: [A-Za-z_]\w* )? )\$ .*? \$(?P=tag)\$
    | \w[\w$]* | . # a dollar within a name quotes nothing
    """,
    re.VERBOSE | re.DOTALL,
)


def split(text: str) -> list[str]:
    """The statements of a text, in order and without their semicolons; what has only comments is none.

    Knows strings, names, dollar quotes and `--` comments. Our files have neither `/* */` nor E'' strings.
    """
    statements, begin, is_empty = [], 0, True
    for token in _TOKENS.finditer(text):
        if token["end"]:
            if not is_empty:
                statements.append(text[begin : token.start()].strip())
            begin, is_empty = token.end(), True
        elif not (token[0].isspace() or token[0].startswith("--")):
            is_empty = False
    return statements if is_empty else [*statements, text[begin:].strip()]
