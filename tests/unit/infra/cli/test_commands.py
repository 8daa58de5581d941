"""The command line explains itself."""

import pytest
from click.testing import CliRunner

from infra.cli.main import analytics

LETTERS = [[group, verb] for group in ("dead-letters", "rejected") for verb in ("list", "show", "edit", "replay")]
COMMANDS = [[], *([name] for name in analytics.commands), *LETTERS]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(command: list[str]) -> None:
    done = CliRunner().invoke(analytics, [*command, "--help"])
    assert done.exit_code == 0
    assert len(done.output.splitlines()) > 5


def test_a_command_that_does_not_exist_is_a_mistake_of_the_caller() -> None:
    assert CliRunner().invoke(analytics, ["count"]).exit_code == 2
