"""What the poller makes of each way in which an invocation of Lambda ends; the functions are executed."""

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from common.wire import Entry
from infra.poller.invoker import Crash, Outage
from infra.poller.lambda_invoker import LambdaInvoker

MakeInvoker = Callable[..., LambdaInvoker]
GOOD = Entry(b'["good"]', 1, "0:1-0")
BAD = Entry(b'["bad"]', 1, "0:2-0")

PROCESSOR = """
import json, os, time

class Unavailable(Exception):
    pass

def handler(event, context):
    records = event["Records"]
    words = [json.loads(record["body"])[0] for record in records]
    {faults}
    failed = [record["messageId"] for record, word in zip(records, words) if word == "bad"]
    return {{"batchItemFailures": [{{"itemIdentifier": id, "reason": "not_a_batch_of_events"}} for id in failed]}}
"""


@pytest.fixture
def make_invoker(aws_lambda: Any, request: pytest.FixtureRequest) -> Iterator[MakeInvoker]:
    """Makes an invoker of a small processor that fails as the given statement says."""
    name = f"processor-{abs(hash(request.node.name))}"

    def make(faults: str = "pass", timeout_seconds: int = 10, wait_seconds: float = 20) -> LambdaInvoker:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("main.py", PROCESSOR.format(faults=faults))
        aws_lambda.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role="arn:aws:iam::123456789012:role/function",
            Handler="main.handler",
            Code={"ZipFile": content.getvalue()},
            Timeout=timeout_seconds,
        )
        return LambdaInvoker(name, wait_seconds)

    yield make
    with suppress(aws_lambda.exceptions.ResourceNotFoundException):
        aws_lambda.delete_function(FunctionName=name)


def test_a_batch_that_succeeds_has_no_failures(make_invoker: MakeInvoker) -> None:
    assert make_invoker().invoke([GOOD]) == {}


def test_a_partial_batch_names_what_failed_and_why(make_invoker: MakeInvoker) -> None:
    assert make_invoker().invoke([GOOD, BAD]) == {BAD.message_id: "not_a_batch_of_events"}


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ('if "bad" in words: raise ValueError', "crashed"),
        ('if "bad" in words: os._exit(1)', "exited"),
        ('if "bad" in words: time.sleep(5)', "timed_out"),
        ('if "bad" in words: from common.errors import TookTooLong; raise TookTooLong("slow")', "timed_out"),
    ],
)
def test_a_function_that_fails_on_a_batch_crashed_on_it(make_invoker: MakeInvoker, faults: str, reason: str) -> None:
    invoker = make_invoker(faults, timeout_seconds=1)
    with pytest.raises(Crash) as crash:
        invoker.invoke([BAD])
    assert crash.value.reason == reason
    assert invoker.is_ready()
    assert invoker.invoke([GOOD]) == {}


@pytest.mark.parametrize(
    "faults",
    [
        "raise Unavailable",
        "raise ValueError",
        "os._exit(1)",
        "time.sleep(5)",
        "if words: raise Unavailable",
        "return {}",
        "return None",
        'return {"batchItemFailures": [{"itemIdentifier": "unknown"}]}',
    ],
    ids=["unavailable", "raises", "exits", "hangs", "unavailable only with work", "no list", "nothing", "unknown id"],
)
def test_a_function_that_fails_on_everything_is_an_outage(make_invoker: MakeInvoker, faults: str) -> None:
    with pytest.raises(Outage):
        make_invoker(faults, timeout_seconds=1).invoke([GOOD])


def test_code_that_can_not_be_loaded_is_an_outage(make_invoker: MakeInvoker) -> None:
    with pytest.raises(Outage):
        make_invoker("import what_is_not_there").invoke([GOOD])


def test_a_function_that_is_not_there_is_an_outage(aws_lambda: Any) -> None:
    invoker = LambdaInvoker("not-there", 5)
    assert not invoker.is_ready()
    with pytest.raises(Outage):
        invoker.invoke([GOOD])


def test_a_service_that_can_not_be_reached_is_an_outage(aws_lambda: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(Outage):
        LambdaInvoker("processor", 5).invoke([GOOD])


def test_a_throttled_invocation_is_an_outage(make_invoker: MakeInvoker, aws_lambda: Any) -> None:
    invoker = make_invoker()
    aws_lambda.put_function_concurrency(FunctionName=invoker.function, ReservedConcurrentExecutions=0)
    with pytest.raises(Outage, match="TooManyRequests"):
        invoker.invoke([GOOD])


def test_a_payload_beyond_the_bound_is_the_batchs_own_fault(make_invoker: MakeInvoker) -> None:
    large = Entry(b'["' + b"x" * (6 << 20) + b'"]', 1, "0:3-0")
    with pytest.raises(Crash) as crash:
        make_invoker().invoke([large])
    assert crash.value.reason == "too_large"


def test_an_answer_that_does_not_come_in_time_is_the_batchs_own_fault(make_invoker: MakeInvoker) -> None:
    invoker = make_invoker('if "bad" in words: time.sleep(4)', wait_seconds=1.5)
    for _ in range(20):  # on a busy machine it is an outage for a while, since everything is slow then
        with pytest.raises((Crash, Outage)) as failure:
            invoker.invoke([BAD])
        if isinstance(failure.value, Crash):
            break
    assert isinstance(failure.value, Crash)
    assert failure.value.reason == "timed_out"
