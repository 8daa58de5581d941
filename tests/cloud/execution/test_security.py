"""What the functions trust, and what they do when a password is changed."""

import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from common.aws.secrets import RENEW_SECONDS
from tests.cloud.conftest import ClientFactory
from tests.cloud.execution.cloud import Cloud, http_event, post
from tests.cloud.execution.servers import make_authority
from tests.cloud.execution.test_functions import DAY, EVENT, ask_stats, make_batch, new_event


@pytest.fixture(scope="module")
def stranger(folder: Path) -> str:
    """The certificate of an authority that signed none of the servers."""
    return str(make_authority(folder / "stranger").certificate)


def test_ingest_refuses_a_queue_whose_certificate_another_authority_signed(cloud: Cloud, stranger: str) -> None:
    answer = cloud.deploy("ingest", timeout_seconds=60, SSL_CERT_FILE=stranger).invoke(post("/event", EVENT)).content
    assert answer["statusCode"] == 503


def test_ingest_refuses_a_queue_whose_certificate_is_for_another_name(cloud: Cloud) -> None:
    url = cloud.environment("ingest")["REDIS_URL"].replace("localhost", "127.0.0.2")
    ingest = cloud.deploy("ingest", timeout_seconds=60, REDIS_URL=url, REDIS_CLUSTER="false")
    answer = ingest.invoke(post("/event", EVENT)).content
    assert answer["statusCode"] == 503


def test_process_fails_as_a_whole_where_another_authority_signed_the_databases_certificate(
    cloud: Cloud, stranger: str, schema: None
) -> None:
    url = cloud.environment("process")["DATABASE_URL"].replace(str(cloud.authority), stranger)
    result = cloud.deploy("process", DATABASE_URL=url).invoke(make_batch([new_event()]))
    assert result.error_type == "Unavailable"
    assert "CERTIFICATE_VERIFY_FAILED" in result.log


def test_the_database_takes_no_connection_without_tls(cloud: Cloud, schema: None) -> None:
    url = cloud.environment("stats")["DATABASE_URL"].replace("verify-full", "disable")
    assert ask_stats(cloud.deploy("stats", DATABASE_URL=url), "site")[0] == 503


def test_no_secret_is_in_the_configuration_or_in_a_log(cloud: Cloud, aws: ClientFactory, schema: None) -> None:
    contents = [aws("secretsmanager").get_secret_value(SecretId=arn)["SecretString"] for arn in cloud.secrets.values()]
    known = [json.loads(content)["password"] if content.startswith("{") else content for content in contents]
    logs = ""
    for name, event in {
        "ingest": post("/event", EVENT),
        "process": make_batch([new_event()]),
        "stats": http_event("GET", "/stats", None, {"X-API-Key": "the-key"}, f"site_id=s&date={DAY}"),
    }.items():
        function = cloud.deploy(name)
        logs += function.invoke(event).log + json.dumps(function.configuration.environment)
    assert not [secret for secret in known if secret in logs]


def test_a_rotated_password_of_the_queue_is_noticed_without_a_restart(
    cloud: Cloud, aws: ClientFactory, empty_queue: None
) -> None:
    ingest = cloud.deploy("ingest")
    assert ingest.invoke(post("/event", EVENT)).content["statusCode"] == 202
    password = secrets.token_hex(16)
    user = cloud.set_queue_password("ingest", password)
    put_login(aws, cloud.secrets["queue-ingest"], user, password)
    with cloud.administer_queue() as redis:
        redis.execute_command("CLIENT", "KILL", "USER", user)
    wait_until(lambda: ingest.invoke(post("/event", EVENT)).content["statusCode"] == 202)


def test_a_rotated_password_of_the_database_is_noticed_without_a_restart(
    cloud: Cloud, aws: ClientFactory, schema: None
) -> None:
    process = cloud.deploy("process")
    assert not process.invoke(make_batch([new_event()])).is_error
    password = secrets.token_hex(16)
    with cloud.database() as connection:
        connection.run(f"alter role analytics password '{password}'")
        put_login(aws, cloud.secrets["database"], "analytics", password)
        cloud.postgres_password = password
        connection.run("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()")
    wait_until(lambda: not process.invoke(make_batch([new_event()])).is_error)


def test_a_new_key_of_stats_is_noticed_and_the_old_one_forgotten(
    cloud: Cloud, aws: ClientFactory, schema: None
) -> None:
    stats = cloud.deploy("stats")
    assert ask_stats(stats, "site")[0] == 200
    aws("secretsmanager").put_secret_value(SecretId=cloud.secrets["stats-key"], SecretString="the-next-key")
    try:
        wait_until(lambda: ask_stats(stats, "site", "the-next-key")[0] == 200)
        assert ask_stats(stats, "site", "the-key")[0] in (401, 429)  # it was guessed too often
    finally:
        aws("secretsmanager").put_secret_value(SecretId=cloud.secrets["stats-key"], SecretString="the-key")


def put_login(aws: ClientFactory, arn: str, username: str, password: str) -> None:
    login = json.dumps({"username": username, "password": password})
    aws("secretsmanager").put_secret_value(SecretId=arn, SecretString=login)


def wait_until(is_so: Callable[[], bool]) -> None:
    """A refused secret is fetched again once it is RENEW_SECONDS old."""
    deadline = time.monotonic() + RENEW_SECONDS + 5
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)
