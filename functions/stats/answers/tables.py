"""Answers about goals and histories as CSV: a row for each goal, step, cell or way."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from functions.stats.answers.documents import Document, name_previous, write_table


def write_goals(document: Document) -> bytes:
    """A row for each goal, or for each value of each goal."""
    dimension = document["meta"].get("dimension", "")
    rows = [_flatten({"goal": goal["goal"], **row}) for goal in document["data"] for row in goal.get("values", [goal])]
    names = ["goal", *([dimension] if dimension else []), "visitors", "visits", "conversions", "rate"]
    return _write(names, rows)


def write_funnel(document: Document) -> bytes:
    """A row for each step; with a dimension those of all visitors, without a value, and then those of each value."""
    dimension = document["meta"].get("dimension", "")
    rows: list[Document] = list(document["data"]["steps"])
    for value in document["data"].get("values", ()):
        rows += [{dimension: value[dimension], **step} for step in value["steps"]]
    names = [*([dimension] if dimension else []), "step", "visitors", "rate", "drop_off", "median_seconds"]
    return _write(names, rows)


def write_retention(document: Document) -> bytes:
    """A row for each cell: a cohort, and which period from its own on, which is 0."""
    return _write(["cohort", "visitors", "period", "returned", "rate"], list(_list_cells(document["data"])))


def write_journeys(document: Document) -> bytes:
    """A row for each way: its places one by one, as `page /` or `event signup`, empty where the visit had no other."""
    steps = [f"step_{number + 1}" for number in range(document["meta"]["depth"])]
    rows = []
    for way in document["data"]["journeys"]:
        places = map(_name_place, way["steps"])
        figures = {name: value for name, value in way.items() if name != "steps"}
        rows.append({**dict(zip(steps, places, strict=False)), **figures})
    return _write([*steps, "visitors", "visits", "share"], rows)


def _write(names: Sequence[str], rows: Sequence[Document]) -> bytes:
    """These columns, then what else there is: bounds of estimates, and what a row is compared with."""
    return write_table(list(dict.fromkeys([*names, *(name for row in rows for name in row)])), rows)


def _flatten(row: Document) -> Document:
    comparison, change = row.pop("comparison", None), row.pop("change", {})
    return row | name_previous(comparison or {}) | {f"{name}_change": value for name, value in change.items()}


def _list_cells(cohorts: Sequence[Document]) -> Iterator[Document]:
    for cohort in cohorts:
        size: Document = {name: cohort[name] for name in ("cohort", "visitors", "visitors_error") if name in cohort}
        for period in range(len(cohort["returned"])):
            cells = ("returned", "returned_error", "rate", "rate_error")
            yield {**size, "period": period, **{name: cohort[name][period] for name in cells if name in cohort}}


def _name_place(step: Mapping[str, Any] | None) -> str:
    return "" if step is None else " ".join(next(iter(step.items())))
