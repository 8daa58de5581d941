"""Metrics as log lines in CloudWatch's Embedded Metric Format, which needs no client, call or permission.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import sys
from collections.abc import Mapping
from datetime import datetime

NAMESPACE = "WebsiteAnalytics"


def format_metrics(function: str, values: Mapping[str, tuple[float, str]], now: datetime) -> str:
    """One line that CloudWatch Logs turns into metrics of a function. `values` maps a name to a value and unit."""
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [["Function"]],
        "Metrics": [{"Name": name, "Unit": unit} for name, (_, unit) in values.items()],
    }
    line: dict[str, object] = {
        "_aws": {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [directive]},
        "Function": function,
        **{name: value for name, (value, _) in values.items()},
    }
    return json.dumps(line, separators=(",", ":"))


def emit(line: str) -> None:
    """Write the bare line: CloudWatch would not find the metric inside a log record."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
