"""How many cases there are, from which seed, and what came of them."""

import os
from collections import Counter

import pytest

SEED = int(os.environ.get("ORACLE_SEED", "1"))
CASES = int(os.environ.get("ORACLE_CASES", "300"))
"""A case is a query about a history; `make oracle` asks for 10,000."""

tally: Counter[str] = Counter()
"""What the tests have compared."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was compared with the oracle."""
    if tally:
        terminalreporter.section(f"oracle: seed {SEED}")
        terminalreporter.write_line(", ".join(f"{count:,} {what}" for what, count in tally.items()))
