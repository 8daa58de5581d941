"""SQL is text of ours: what a client sent reaches PostgreSQL as a parameter and in no other way."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from common.filters.conditions import Condition, Junction
from common.filters.words import OPERATORS
from functions.stats.estimator.budgets import Budget, Budgets, Size
from functions.stats.estimator.planner import make_plan
from functions.stats.estimator.statements import Writer
from functions.stats.query.model import Kind, Query, Sort
from functions.stats.query.periods import Span
from tests.unit.house.sources import PROJECT, find_sources, parse

INFRA_ROOMS = ("importer", "ledger", "migrations", "roles", "set_aside", "sites", "verification")
WITH_STATEMENTS = ("common", "functions", *(f"infra/{room}" for room in INFRA_ROOMS))

ASSEMBLED = {
    "begin; set local jit = off; set local statement_timeout = {ms}; set local lock_timeout = {lock_ms}",
    "select pg_advisory_xact_lock({_LOCK})",
    "select pg_try_advisory_lock({_LOCK})",
    "select pg_advisory_unlock({_LOCK})",
    "set local lock_timeout = {LOCK_TIMEOUT_MS}",
    "create index events_{name} on only events {definition}",
    "drop index events_{name}",
    "drop index concurrently {partition}_{name}",
    "create index concurrently {partition}_{name} on {partition} {INDEXES[name]}",
    "alter index events_{name} attach partition {partition}_{name}",
    "alter table visits add constraint visits_bound check (start < '{end}') not valid",
    "alter table visits attach partition visits_before for values from (minvalue) to ('{end}')",
    "set transaction snapshot '{snapshot}'",
    "create role {role} login password '{verifier}'",
    "alter role {role} login password '{verifier}'",
}
"""Every statement that is put together: a number, a constant, a name that is checked, a snapshot's, and a hash."""

EXECUTING = {
    "0005_roles.sql", "0010_visits_by_month.sql", "0020_erasure.sql", "0024_groups.sql", "rights.sql", "hand_over.sql",
}  # fmt: skip
"""Files that put a statement together in PostgreSQL: of names that are ours or in its catalogue, and of a month."""

HANDED_ON = {
    ("common/export/reader.py", "statement"),
    (
        "functions/stats/estimator/reader.py",
        "statement.text",
    ),  # written by statements.py there, see below
    ("common/postgres/database.py", "statement"),  # Database.run's own parameter
    ("infra/migrations/event_indexes.py", "statement"),  # one of the above
    ("infra/migrations/runner.py", "statement"),  # of a migration
    ("infra/migrations/visit_partitions.py", "statement"),  # made by list_grants.sql
    ("common/postgres/driver.py", "statement"),  # run_prepared's own parameter
    ("functions/process/sites/removal.py", "statement"),  # delete_some.sql for each of our tables
    ("infra/set_aside/rejected_events.py", "query"),  # loaded by the two callers of _read
}
"""Where a variable is run."""

_SQL = re.compile(
    r"\b(select|insert into|update|delete from|create|alter|drop|truncate|copy|set local)\b", re.IGNORECASE
)


def list_sources() -> Iterator[tuple[str, Path]]:
    for folder in WITH_STATEMENTS:
        for path in find_sources(folder):
            yield str(path.relative_to(PROJECT)), path


@cache
def find_nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(parse(path)))


def find_calls(path: Path, names: tuple[str, ...]) -> Iterator[ast.expr]:
    """The first argument of every call of these."""
    for node in find_nodes(path):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in names:
                yield node.args[0]


def is_load_query(statement: ast.expr) -> bool:
    return isinstance(statement, ast.Call) and getattr(statement.func, "id", "") == "load_query"


@cache
def find_constants(path: Path) -> set[str]:
    """The names of a module that stand for a file of ours with its slots filled, once and for all."""
    return {
        target.id
        for node in getattr(find_nodes(path)[0], "body", ())
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name)
        and getattr(node.value.func, "id", "") == "fill"
        and is_load_query(node.value.args[0])
    }


def read_template(node: ast.AST) -> str | None:
    """The text of an f-string, of a concatenation, or of what `%` or `.format` fills; None for anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"
            for part in node.values
            if isinstance(part, ast.Constant | ast.FormattedValue)
        )
    is_format = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
    if is_format or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod)):
        return ast.unparse(node)
    return None


def test_what_is_run_is_a_literal_or_a_file_of_ours() -> None:
    handed_on = set()
    for name, path in list_sources():
        for statement in find_calls(path, ("run", "run_prepared", "execute", "executemany", "prepare")):
            if isinstance(statement, ast.Constant) or is_load_query(statement) or read_template(statement) in ASSEMBLED:
                continue
            if isinstance(statement, ast.Name) and statement.id in find_constants(path):
                continue
            handed_on.add((name, ast.unparse(statement)))
    assert handed_on == HANDED_ON


def test_no_statement_is_put_together_from_values() -> None:
    templates = {read_template(node) for _, path in list_sources() for node in find_nodes(path)}
    assert {text for text in templates if text and _SQL.match(text.lstrip("f'\""))} == ASSEMBLED - {
        text for text in ASSEMBLED if text.startswith(("begin", "set transaction"))
    }


def test_a_query_is_loaded_by_a_name_that_no_client_gives() -> None:
    for path, source in list_sources():
        for call in find_nodes(source):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "load_query":
                module, name = call.args
                assert ast.unparse(module) == "__name__", path
                assert isinstance(name, ast.Constant), path


def test_no_query_runs_a_text_as_sql() -> None:
    for path in (path for folder in ("common", "functions", "infra") for path in (PROJECT / folder).rglob("*.sql")):
        statements = re.sub(r"--[^\n]*", "", path.read_text()).lower()
        executes = re.search(r"\bexecute\b|query_to_xml|\bdblink", statements) is not None
        assert executes == (path.name in EXECUTING), path.name


def test_what_cannot_be_run_by_itself_lies_among_the_fragments() -> None:
    for path in (PROJECT / "functions/stats").rglob("*.sql"):
        is_whole = re.match(r"(--[^\n]*\n)*(select|with|insert|update|delete)\b[^{]*$", path.read_text())
        assert bool(is_whole) == (path.parent.name != "fragments"), path.name


TEXTS = ["x'; drop table events; --", "{conditions}", ":site_id", "%s", "\\", '"}', "null"]
DIMENSIONS = ["path", "country", "entry", "props.x'; drop table events; --", "props.{group}", "props.:only"]


def ask(
    kind: Kind, text: str, dimension: str, operator: str, is_drawn: bool, is_one: bool
) -> tuple[list[str], dict[str, Any]]:
    """The statements of a query with a client's texts in it, and the parameters that go with them."""
    one = Condition(dimension, operator, (text,))
    filter_ = one if is_one else Junction("or", (one, Condition("path", "matches", (text, text))))
    span = Span(datetime(2025, 11, 11, tzinfo=UTC), datetime(2025, 11, 12, 10, tzinfo=UTC))
    query = Query(kind, text, span, ZoneInfo("UTC"), ("visits", "visitors"), filter_, dimension=dimension, only=(text,))
    query = replace(query, buckets=(span.start,) if kind == "timeseries" else (), sort=Sort("bounce_rate", True))
    budget = Budget(0, 1) if is_drawn else Budget(9, 9)
    plan = make_plan(query, ZoneInfo("UTC"), Size(9, 9), Budgets(budget, budget))
    written = [Writer(query, plan, ZoneInfo("UTC")) for _ in range(2)]
    statements = [written[0].figures(), written[1].revenue([text])]
    return [one.text for one in statements], {**statements[0].parameters, **statements[1].parameters}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("kind", ["summary", "timeseries", "breakdown"])
@pytest.mark.parametrize("is_drawn", [False, True])
@pytest.mark.parametrize("is_one", [False, True])
def test_a_querys_statement_is_the_same_text_whatever_a_client_sends(
    kind: Kind, operator: str, is_drawn: bool, is_one: bool
) -> None:
    for dimension in DIMENSIONS:
        texts, _ = ask(
            kind, "x", "props.x" if dimension.startswith("props.") else dimension, operator, is_drawn, is_one
        )
        assert not re.search(r"\{[a-z_]+\}", "".join(texts))
        for text in TEXTS:
            written, parameters = ask(kind, text, dimension, operator, is_drawn, is_one)
            assert written == texts
            assert parameters["site_id"] == text
