"""What a report says."""

from dataclasses import replace
from datetime import UTC, date, datetime

from common.reports.subscriptions import Subscription
from infra.figures.figures import Figures
from infra.reports.periods import Due
from infra.reports.report import write_report

NOW = datetime(2026, 3, 30, 6, tzinfo=UTC)
ANN = Subscription("0123456789abcdef", "blog", "weekly", "ann@example.com", NOW, "secret")
DUE = Due(date(2026, 3, 23), date(2026, 3, 29), NOW)
FIGURES = Figures(
    {
        "visitors": 12_345,
        "visits": 20_000,
        "page_views": 54_321,
        "views_per_visit": 2.7,
        "bounce_rate": 41.7,
        "visit_duration": 154.2,
    },
    {"visitors": 12.4, "visits": 0.2, "page_views": -3.0, "bounce_rate": 2.0, "visit_duration": None},
    frozenset({"visitors"}),
    {"path": [("/<script>alert(1)</script>{footer}", 300), ("/", 20)], "source": [], "country": [("DE", 9)]},
    "Europe/Berlin",
)


def test_the_text_and_the_html_tell_the_same_figures() -> None:
    content = write_report(ANN, "Blog", DUE, FIGURES, "https://stats.example.com/")
    for told in ("≈ 12,345", "54,321", "42 %", "2.7", "2 min 34 s", "+12 %", "as before", "against the 7 days before"):
        assert told in content["text"]
        assert told in content["html"]
    assert content["subject"] == "Blog: weekly report, 23 March 2026 – 29 March 2026"


def test_what_visitors_sent_is_text_and_no_markup() -> None:
    html = write_report(ANN, "<b>Blog</b>", DUE, FIGURES, "https://stats.example.com")["html"]
    assert "<script" not in html
    assert "<b>" not in html
    assert "/&lt;script&gt;alert(1)&lt;/script&gt;&#123;footer}" in html


def test_a_change_for_the_worse_is_red_and_a_higher_bounce_rate_is_one() -> None:
    html = write_report(ANN, "Blog", DUE, FIGURES, "https://stats.example.com")["html"]
    assert html.count("#b91c1c") == 2
    assert html.count("#047857") == 1


def test_a_week_without_visits_is_said_so() -> None:
    empty = replace(FIGURES, summary={"page_views": 0}, change={}, top={"path": [], "source": [], "country": []})
    content = write_report(ANN, "Blog", DUE, empty, "https://stats.example.com")
    assert "There was no visit in these days." in content["text"]
    assert "There was no visit in these days." in content["html"]


def test_the_links_lead_to_the_days_of_the_report_and_to_its_end() -> None:
    content = write_report(ANN, "Blog", DUE, FIGURES, "https://stats.example.com/")
    assert "https://stats.example.com/?site=blog&from=2026-03-23&to=2026-03-29" in content["text"]
    assert content["unsubscribe"] == f"https://stats.example.com/unsubscribe/{ANN.token}"
