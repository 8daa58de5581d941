"""Writes common/derivation/crawlers.csv from a release of ai-crawler-index (PyPI; its data: CC0-1.0):

pip download --no-deps ai-crawler-index && unzip -o ai_crawler_index-*.whl
.venv/bin/python -m infra.crawlers.update ai_crawler_index/data.json
"""

import csv
import json
import sys
from pathlib import Path
from typing import Any

_LIST = Path(__file__).parents[2] / "common/derivation/crawlers.csv"
_PURPOSES = {
    "ai-training": "training", "ai-search": "search", "user-fetch": "user", "dataset": "dataset",
    "search": "search_engine", "seo": "seo", "archive": "archive", "preview": "preview", "tool": "tool",
}  # fmt: skip


def make_rows(data: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """The list's rows, by token. Of two crawlers that call themselves alike, the one of that name. Raises KeyError for
    a category that has no purpose yet.
    """
    if data["license"]["data"] != "CC0-1.0":
        raise ValueError(f"another licence: {data['license']}")
    rows: dict[str, tuple[str, str, str, str]] = {}
    for one in data["crawlers"]:
        token = one["robots_token"]
        if token not in rows or one["name"] == token:
            rows[token] = (token, one["name"], one["operator"], _PURPOSES[one["category"]])
    return sorted(rows.values(), key=lambda row: row[0].lower())


def main() -> None:
    """Write the list from the file that is named."""
    data = json.loads(Path(sys.argv[1]).read_bytes())
    with _LIST.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("token", "name", "operator", "purpose"))
        writer.writerows(make_rows(data))
    sys.stdout.write(f"{_LIST.name}: ai-crawler-index {data['version']} of {data['generated_at'][:10]}\n")


if __name__ == "__main__":
    main()
