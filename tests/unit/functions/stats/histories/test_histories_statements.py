"""The statements of funnels, retention and journeys: one text, whatever a client sends."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from common.filters.conditions import Condition, Filter, Junction
from common.funnels.definition import Definition
from functions.stats.estimator.statements import Statement
from functions.stats.funnels import reading as funnels
from functions.stats.histories.rows import Sample
from functions.stats.journeys import reading as journeys
from functions.stats.journeys.grammar import AskedJourneys
from functions.stats.query.grammar import Asked
from functions.stats.query.model import Query, Sort
from functions.stats.query.periods import Span
from functions.stats.retention import reading as retention
from functions.stats.retention.grammar import list_periods

TEXTS = ["x'; drop table events; --", "{passes}", ":site_id", "%s", "\\", '"}', "null"]
DIMENSIONS = ["path", "country", "entry", "props.x'; drop table events; --", "props.{steps}", "props.:start"]
NOW = datetime(2025, 12, 1, tzinfo=UTC)
SPAN = Span(datetime(2025, 11, 11, tzinfo=UTC), datetime(2025, 11, 12, tzinfo=UTC))


def write_all(text: str, dimension: str, sample: Sample) -> list[Statement]:
    one = Condition(dimension, "is", (text,))
    either: Filter = Junction("or", (one, Condition("path", "matches", (text, text))))
    query = Query("summary", text, SPAN, ZoneInfo("UTC"), (), either, dimension=dimension, limit=3)
    asked = Asked("summary", text, "", None, None, either, sort=Sort("visits", True), limit=3)
    periods = list_periods(query, "day", NOW)
    return [
        funnels.write_statement(query, Definition((one, either), "any", None, one), sample),
        retention.write_statement(query, periods, one, "events", sample),
        retention.write_statement(
            replace(query, filters=Condition("country", "is", (text,))), periods, None, "visits", sample
        ),
        journeys.write_statement(query, AskedJourneys(asked, one, None, 3, "all", (text, text)), sample),
        journeys.write_statement(query, AskedJourneys(asked, None, one, 3, "pages", (text, text)), sample),
    ]


@pytest.mark.parametrize("sample", [Sample(), Sample(7)])
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_a_statement_is_the_same_text_whatever_a_client_sends(sample: Sample, dimension: str) -> None:
    plain = "props.x" if dimension.startswith("props.") else dimension
    texts = [statement.text for statement in write_all("x", plain, sample)]
    for text in TEXTS:
        written = write_all(text, dimension, sample)
        assert [statement.text for statement in written] == texts
        assert all(statement.parameters["site_id"] == text for statement in written)
        assert not re.search(r"\{[a-z_]+\}", "".join(texts))
