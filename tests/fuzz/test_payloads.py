"""Whatever the processor is invoked with: it answers with a 2xx or a clear 4xx, and stores what is valid."""

import json
from contextlib import closing
from typing import Any

import pytest

from common import wire
from common.postgres.database import Database
from common.settings import Settings
from common.wire import Entry
from infra.verification.recount import verify_aggregates
from tests.fuzz.conftest import Run, Services
from tests.fuzz.inputs import NEIGHBOURS, Inputs
from tests.fuzz.services import SECRETS, check_problem, find_secrets
from tests.fuzz.wire import exchange, post


def record(inputs: Inputs) -> Any:
    """A record of a batch, with something odd about it."""
    pick = inputs.random
    ids = (
        f"0:{pick.getrandbits(40)}-0",
        f"0:{pick.getrandbits(40)}-0/3",
        inputs.text(),
        "0:99999999999999999999-0",
        "/",
    )
    bodies = (f"[{inputs.item()}]", inputs.body().decode("latin-1"), inputs.text(), json.dumps(inputs.value()))
    made = {"messageId": pick.choice((*ids[:1] * 9, *ids)), "body": pick.choice((*bodies[:1] * 3, *bodies))}
    return inputs.value() if inputs.is_one_in(10) else made


@pytest.mark.long
def test_payloads_of_the_processor(run: Run, services: Services, secret_settings: Settings) -> None:
    expected = set()
    allowed = {"host": "localhost", "authorization": f"Bearer {SECRETS['process_key']}"}
    for number in run.repeat(0.15):
        neighbour = run.inputs.event()
        own = {"messageId": f"1:{number + 1}-0", "body": json.dumps([neighbour])}
        records = [*(record(run.inputs) for _ in range(run.inputs.random.randrange(4))), own]
        payload = json.dumps(run.inputs.value() if run.inputs.is_one_in(20) else {"Records": records}).encode()
        if run.inputs.is_one_in(5):
            payload = run.inputs.mutate(payload)
        [answer], received = exchange(services["process"].port, post("/", payload, **allowed))
        run.outcomes[str(answer.status)] += 1
        assert find_secrets(received) == []
        assert answer.status in (200, 413, 422), (payload, answer)
        if answer.status != 200:
            check_problem(answer)
            continue
        batch = wire.read_batch(payload)
        sent = [Entry(one.body.encode(), 1, one.message_id) for one in batch.records]
        failures = wire.read_failures(answer.body, sent)
        if own["messageId"] in {one.message_id for one in batch.records if one.body == own["body"]}:
            assert own["messageId"] not in failures
            expected.add(neighbour["event_id"])
    with closing(Database(secret_settings.database_url, connections=1, timeout_seconds=30)) as database:
        rows = database.run("select event_id from events where site_id = :site", site=NEIGHBOURS)
    assert expected <= {str(event_id) for [event_id] in rows}
    assert verify_aggregates(secret_settings.database_url) == []
