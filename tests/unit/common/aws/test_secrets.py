"""Secrets: how often they are fetched, and what a refused one or an outage does."""

from collections.abc import Iterator

import pytest

from common.aws.secrets import LIFETIME_SECONDS, RENEW_SECONDS, Secret, read_login
from common.errors import Unavailable


class Manager:
    """Stands for Secrets Manager, and for the clock."""

    def __init__(self, *texts: str | None) -> None:
        self.now = 0.0
        self.fetched = 0
        self._texts: Iterator[str | None] = iter(texts)

    def fetch(self, arn: str) -> str:
        assert arn == "arn"
        self.fetched += 1
        text = next(self._texts)
        if text is None:
            raise Unavailable("down")
        return text

    def secret(self) -> Secret:
        return Secret("arn", self.fetch, lambda: self.now)


def test_nothing_is_fetched_before_it_is_needed() -> None:
    manager = Manager()
    manager.secret()
    assert manager.fetched == 0


def test_a_secret_is_fetched_once_in_its_lifetime() -> None:
    manager = Manager("one", "two")
    secret = manager.secret()
    assert [secret.read() for _ in range(3)] == ["one"] * 3
    manager.now += LIFETIME_SECONDS
    assert secret.read() == "two"
    assert manager.fetched == 2


def test_a_refused_secret_is_fetched_again_but_not_at_every_refusal() -> None:
    manager = Manager("one", "two")
    secret = manager.secret()
    secret.read()
    secret.refuse()
    assert secret.read() == "one"
    manager.now += RENEW_SECONDS
    assert secret.read() == "two"
    secret.refuse()
    assert secret.read() == "two"


def test_a_known_secret_outlives_an_outage_of_the_manager() -> None:
    manager = Manager("one", None, "two")
    secret = manager.secret()
    secret.read()
    manager.now += LIFETIME_SECONDS
    assert secret.read() == "one"
    manager.now += LIFETIME_SECONDS
    assert secret.read() == "two"


def test_a_secret_that_never_could_be_read_is_an_outage() -> None:
    with pytest.raises(Unavailable):
        Manager(None).secret().read()


@pytest.mark.parametrize(
    ("text", "login"),
    [
        ('{"username": "u", "password": "p"}', ("u", "p")),
        ('{"password": "p"}', ("", "p")),
        ('{"username": "u", "password": "p", "engine": "postgres", "port": 5432}', ("u", "p")),
    ],
)
def test_a_login_is_read_from_what_services_keep(text: str, login: tuple[str, str]) -> None:
    assert read_login(Manager(text).secret()) == login


@pytest.mark.parametrize("text", ["the password itself", "[]", "{}", '"p"', "{"])
def test_a_secret_of_another_shape_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(Unavailable) as error:
        read_login(Manager(text).secret())
    assert "should be JSON" in str(error.value)
    assert "the password itself" not in str(error.value)
