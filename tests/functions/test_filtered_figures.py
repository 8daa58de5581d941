"""What was set aside, by reason, as the API tells it."""

from tests.functions.site import DAY, Site, view


def test_filtered_events_are_counted_by_reason_in_the_range_that_is_asked(site: Site) -> None:
    site.store(
        [
            view("02T10:00:00"),
            *(view("02T11:00:00", filtered="bot") for _ in range(3)),
            view("02T12:00:00", filtered="spam_referrer"),
            view("03T00:00:00", filtered="bot"),
        ]
    )

    answer = site.ask("filtered", **DAY)

    assert answer["data"] == [
        {"reason": "bot", "events": 3, "restored": 0},
        {"reason": "spam_referrer", "events": 1, "restored": 0},
    ]
    assert answer["meta"] == {
        "site_id": "s",
        "from": "2025-06-02T00:00:00+00:00",
        "to": "2025-06-03T00:00:00+00:00",
        "timezone": "UTC",
    }


def test_crawlers_are_named_with_operator_and_purpose(site: Site) -> None:
    gptbot = {"name": "GPTBot", "operator": "OpenAI", "purpose": "training"}
    claude = {"name": "Claude-User", "operator": "Anthropic", "purpose": "user"}
    site.store(
        [
            view("02T10:00:00", filtered="bot", crawler=claude),
            *(view("02T11:00:00", filtered="bot", crawler=gptbot) for _ in range(2)),
            view("02T12:00:00", filtered="bot"),
            view("03T00:00:00", filtered="bot", crawler=claude),
        ]
    )

    answer = site.ask("filtered", **DAY)

    assert answer["crawlers"] == [{**gptbot, "events": 2}, {**claude, "events": 1}]
    assert answer["data"] == [{"reason": "bot", "events": 4, "restored": 0}]


def test_a_parameter_that_filtered_does_not_know_is_refused_by_name(site: Site) -> None:
    answer = site.stats.get("/v1/stats/filtered", params={"site_id": "s", "metrics": "visitors"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "metrics"
