"""What a service says when its stores are away gives nothing away."""

import pytest

from common.settings import Settings
from tests.fuzz.conftest import Start
from tests.fuzz.services import SECRETS, check_problem, find_secrets
from tests.fuzz.wire import exchange, post

NOWHERE = {
    "redis_url": f"redis://ann:{SECRETS['redis']}@127.0.0.1:1/0",
    "database_url": f"postgresql://ann:{SECRETS['database']}@127.0.0.1:1/none",
}
WRONG_PASSWORD = ("redis", "database")


@pytest.mark.long
@pytest.mark.parametrize("name", ["ingest", "stats"])
@pytest.mark.parametrize("is_reachable", [False, True])
def test_a_store_that_is_away_or_refuses_the_login_is_a_plain_503(
    name: str, is_reachable: bool, secret_settings: Settings, start: Start
) -> None:
    changed = dict(NOWHERE)
    if is_reachable:  # and the password is wrong, though as secret as the right one
        for setting, secret in (("redis_url", SECRETS["redis"]), ("database_url", SECRETS["database"])):
            changed[setting] = getattr(secret_settings, setting).replace(secret, secret + "X")
    service = start(name, secret_settings.model_copy(update=changed), "/healthz")
    key = SECRETS["stats_api_key"]
    read = f"GET /stats?site_id=a&date=2025-11-12 HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nConnection: close\r\n\r\n"
    send = post("/event", b'{"site_id":"a","path":"/"}')
    for request in (
        send if name == "ingest" else read.encode(),
        b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ):
        [answer], received = exchange(service.port, request)
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) >= 1
        check_problem(answer)
        assert find_secrets(received) == []
        assert b"127.0.0.1" not in answer.body
    log = service.read_log()
    assert find_secrets(log) == []
    assert "Traceback" not in log
