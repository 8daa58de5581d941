"""SQL stays clear of what Citus refuses of tables that a schema holds on one node; plain PostgreSQL is none the worse.

The reasons are those of its planner, as it gave them when the statements ran on a real cluster.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.migrations.splitting import split

PROJECT = Path(__file__).resolve().parents[3]
FILES = sorted(path for folder in ("common", "functions", "infra") for path in (PROJECT / folder).rglob("*.sql"))
IS_RELEASED = re.compile(r"infra/migrations/00([01]\d|2[01])_")
"""Migrations up to 0021 are never edited. Their functions run on the node that is asked, as whole statements do not."""

CLOCKS = r"\b(now|(statement|transaction|clock)_timestamp|timeofday)\s*\(|\bcurrent_(date|time|timestamp)\b"
VOLATILE = r"\b(clock_timestamp|timeofday|random|gen_random_uuid|nextval|uuidv7)\s*\("
MODIFYING = r"\(\s*(insert\s+into|update|delete\s+from)\s"
UPSERT = r"\bdo\s+update\s+set\b.*?(?=\breturning\b|\)\s*,\s*\w+\s+as\b|\)\s*select\b|$)"
EPOCH = r"timestamptz\s+'[^']*'\s*[+-]"


def clean(text: str) -> str:
    """A statement in lower case without its comments."""
    return re.sub(r"--[^\n]*", "", text).lower()


def read_statements() -> Iterator[tuple[str, str]]:
    """Where each statement of ours lies, and its text with the fragments in their slots."""
    fragments = {path.stem: path.read_text() for path in FILES if path.parent.name == "fragments"}
    for path in FILES:
        name, text = str(path.relative_to(PROJECT)), path.read_text()
        for _ in range(3):  # a fragment may hold another
            for slot, fragment in fragments.items():
                text = text.replace("{" + slot + "}", fragment)
        if not IS_RELEASED.match(name):
            yield name, clean(text)


def find_closing(text: str, begin: int) -> int:
    """Where the parentheses end that what begins there is in; the end of the text if it is in none."""
    depth = 0
    for at in range(begin, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth < 0:
            return at
    return len(text)


def find_modifications(text: str) -> Iterator[str]:
    """Each update and delete in a text."""
    for found in re.finditer(r"(?<!do )(?<!for )(?<!no key )\b(update\s+(?!set\b)\w|delete\s+from\b)", text):
        yield text[found.start() : find_closing(text, found.start())]


def find_lazy(text: str) -> Iterator[str]:
    """Each coalesce and case in a text."""
    for found in re.finditer(r"\bcoalesce\s*\(", text):
        yield text[found.end() : find_closing(text, found.end())]
    yield from re.findall(r"\bcase\b.*?\bend\b", text, re.DOTALL)


def find_faults(text: str) -> Iterator[str]:
    """Why Citus would refuse a statement."""
    for upsert in re.findall(UPSERT, text, re.DOTALL):
        if re.search(CLOCKS, upsert) or re.search(VOLATILE, upsert):
            yield "the update of an upsert may call nothing but immutable functions: take the time from excluded"
    for modification in find_modifications(text):
        if re.search(VOLATILE, modification):
            yield "an update or delete may call no volatile function: statement_timestamp() is stable"
        if re.search(EPOCH, modification):
            yield (
                "timestamptz + interval is stable, and a stable function may take no column in an update or delete:"
                " write (timestamp … + interval …) at time zone 'UTC', which is immutable"
            )
        if any(re.search(CLOCKS, lazy) for lazy in find_lazy(modification)):
            yield "an update may call only immutable functions in coalesce and case: select the time in its from"
    if re.search(r"\bwith\s+recursive\b", text) and re.search(MODIFYING, text):
        yield "with recursive stands beside no modifying CTE: read what is recursive in a statement before"


def test_no_query_has_what_citus_refuses() -> None:
    faults = {f"{name}: {fault}" for name, text in read_statements() for fault in find_faults(text)}
    assert not faults, "\n".join(sorted(faults))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("insert into a (b) values (1) on conflict (b) do update set c = now() returning b", "excluded"),
        ("insert into a (b) values (1) on conflict (b) do update set c = a.c + 1, d = clock_timestamp()", "excluded"),
        ("with one as (update a set c = clock_timestamp() where b = 1) select 1", "volatile"),
        ("update a set c = 1 where c = timestamptz 'epoch' + b * interval '1 second'", "immutable"),
        ("delete from a using b where a.c = timestamptz 'epoch' + cast(b.c as bigint) * interval '1 s'", "immutable"),
        ("update a set c = coalesce(c, now())", "coalesce"),
        ("with recursive a as (select 1), b as (delete from c returning d) select * from b", "recursive"),
    ],
)
def test_each_construct_is_found(text: str, fault: str) -> None:
    [found] = find_faults(text)
    assert fault in found


@pytest.mark.parametrize(
    "text",
    [
        "insert into a (b, c) select 1, now() on conflict (b) do update set c = excluded.c",
        "with one as (insert into a (b) values (1) on conflict (b) do update set c = 2), d as (select now()) select 1",
        "update a set c = now(), d = statement_timestamp() where b = 1",
        "select coalesce(a, now()) from b for update",
        "update a set c = coalesce(c, moment.at) from (select now() as at) as moment",
        "with recursive a as (select 1) insert into b select * from a",
    ],
)
def test_what_citus_takes_is_left_alone(text: str) -> None:
    assert list(find_faults(text)) == []


def test_no_statement_but_a_query_shares_its_string() -> None:
    """Citus makes the text of queries anew for its nodes, but sends them the string that a definition came in."""
    for name, text in read_statements():
        statements = split(text)
        is_split = name.startswith("infra/migrations/0")  # by the runner
        are_queries = all(re.match(r"(select|with|insert|update|delete|set local)\b", one) for one in statements)
        assert len(statements) <= 1 or is_split or are_queries, name


def test_the_splitter_knows_what_the_migrations_are_written_in() -> None:
    for path in FILES:
        assert not re.search(r"/\*|[\s(,=|]e'", clean(path.read_text())), path.name
