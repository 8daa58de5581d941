import pytest
from click.testing import CliRunner

from common.settings import Settings
from infra.cli.demo import demo
from infra.demo import run


def test_the_demo_says_where_its_page_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "fill", lambda *_: 7)
    settings = Settings(_env_file=None, stats_url="http://localhost:4003/")
    result = CliRunner().invoke(demo, ["--site-id", "my demo"], obj=settings)

    assert "See them: http://localhost:4003/?site=my%20demo" in result.output
