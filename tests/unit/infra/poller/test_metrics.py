"""Metrics in CloudWatch's Embedded Metric Format."""

import json
from datetime import UTC, datetime

from infra.poller.metrics import format_metrics


def test_a_line_names_its_metrics_their_units_and_their_function() -> None:
    now = datetime(2025, 11, 12, 10, 0, 0, 500_000, tzinfo=UTC)
    line = format_metrics("poller", {"BacklogEvents": (3, "Count"), "OldestPendingAgeSeconds": (1.5, "Seconds")}, now)
    assert "\n" not in line
    assert json.loads(line) == {
        "_aws": {
            "Timestamp": 1762941600500,
            "CloudWatchMetrics": [
                {
                    "Namespace": "WebsiteAnalytics",
                    "Dimensions": [["Function"]],
                    "Metrics": [
                        {"Name": "BacklogEvents", "Unit": "Count"},
                        {"Name": "OldestPendingAgeSeconds", "Unit": "Seconds"},
                    ],
                }
            ],
        },
        "Function": "poller",
        "BacklogEvents": 3,
        "OldestPendingAgeSeconds": 1.5,
    }
