"""The domain that a host belongs to, by the Public Suffix List."""

from functools import cache, lru_cache
from importlib.resources import files


@lru_cache(maxsize=4096)
def find_domain(host: str) -> str | None:
    """The domain that somebody registered (example.co.uk of www.example.co.uk, alice.github.io of itself).

    `host`: in lower case. None for an address, for a public suffix and for a name without a dot.
    """
    labels = host.split(".")
    if len(labels) < 2 or ":" in host or labels[-1].isdigit() or "" in labels:
        return None
    rules = load_rules()
    for start in range(len(labels)):
        name = ".".join(labels[start:])
        rest = ".".join(labels[start + 1 :])
        if f"!{name}" in rules:
            return name
        if name in rules or f"*.{rest}" in rules:
            return ".".join(labels[start - 1 :]) if start else None
    return ".".join(labels[-2:])  # a suffix that is not listed has one label


@cache
def load_rules() -> frozenset[str]:
    """The list's rules, from the package publicsuffixlist (8 ms).

    Not by that package's own class, which takes ten times as long. Non-ASCII labels are in Punycode here.
    """
    lines = files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text(encoding="utf-8").split("\n")
    rules = (line for line in lines if line and not line.startswith("//"))
    return frozenset(rule if rule.isascii() else ".".join(map(_encode_label, rule.split("."))) for rule in rules)


def _encode_label(label: str) -> str:
    return label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
