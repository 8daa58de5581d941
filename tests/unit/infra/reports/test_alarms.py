"""When an alarm fires, and how a webhook is signed."""

import base64
import hashlib
import hmac

import pytest

from infra.reports.alarms import DAYS, judge_hours
from infra.reports.delivery import sign

NOON = 24 * DAYS


def hours(usual: int, last: int, others: int = 0) -> list[int]:
    """`usual` at this hour of each day before."""
    return [usual if hour % 24 == 0 else others for hour in range(NOON)] + [last]


@pytest.mark.parametrize(
    ("usual", "last", "fires"), [(100, 299, False), (100, 300, True), (0, 49, False), (0, 50, True), (10, 31, False)]
)
def test_a_spike_is_several_times_what_is_usual_at_this_hour_and_not_few(usual: int, last: int, fires: bool) -> None:
    assert judge_hours("spike", 3, hours(usual, last)).fires is fires


def test_a_busy_hour_that_is_busy_each_day_is_no_spike() -> None:
    assert not judge_hours("spike", 3, hours(5_000, 6_000, others=10)).fires


@pytest.mark.parametrize(("usual", "last", "fires"), [(10, 0, True), (10, 1, False), (9, 0, False), (0, 0, False)])
def test_silence_is_an_hour_without_events_where_there_are_some(usual: int, last: int, fires: bool) -> None:
    assert judge_hours("silence", 10, hours(usual, last)).fires is fires


def test_a_night_without_events_on_a_site_of_the_day_is_no_silence() -> None:
    assert not judge_hours("silence", 10, hours(0, 0, others=1_000)).fires


def test_a_signature_is_that_of_standard_webhooks() -> None:
    """The example of their specification's libraries."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    signature = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = hmac.new(key, b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + body, hashlib.sha256).digest()
    assert signature == f"v1,{base64.b64encode(signed).decode()}"
