"""Settings that can't be right are refused at the start, by name, and not by the first event."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from common.setting_faults import describe, find_misspelled
from common.settings import GENERATED_ENV, Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EVENT_OLDEST", "2020-01-01"),  # compared with an event's time it would fail: no offset
        ("EVENT_OLDEST", "1960-01-01T00:00:00Z"),  # would be accepted, and then could not be stored
        ("EVENT_AHEAD_HOURS", "1e12"),
        ("LOG_LEVEL", "loud"),
        ("REDIS_URL", "localhost:6379"),
        ("DATABASE_URL", "mysql://localhost/analytics"),
        ("REDIS_TIMEOUT_SECONDS", "0"),
        ("REDIS_TIMEOUT_SECONDS", "inf"),
        ("REDIS_URL", "redis://localhost:many/0"),
        ("REDIS_URL", "redis://localhost/first"),
        ("DATABASE_URL", "postgresql://a:b@localhost:many/analytics"),
        ("INGEST_PORT", "0"),
        ("INGEST_PORT", "65536"),
        ("LISTEN_HOST", "http://localhost"),
        ("PROCESS_URL", "127.0.0.1:3002"),
        ("INGEST_URL", "https://"),
        ("STREAM_NAME", "my events"),
        ("CLAIM_IDLE_SECONDS", "-1"),
        ("VISITOR_KEY", "short"),
        ("TIME_ZONE", "localtime"),
        ("TIME_ZONE", "Factory"),
        ("TRUSTED_PROXIES", "proxy"),
        ("TRUSTED_PROXIES", "10.0.0.1, 10.0.0.1/8"),
        ("CORS_ALLOW_ORIGINS", "a.example"),
        ("CORS_ALLOW_ORIGINS", "https://a.example/"),
        ("CORS_ALLOW_ORIGINS", "https://a.example/page"),
        ("CORS_ALLOW_ORIGINS", "https://A.example"),
        ("CORS_ALLOW_ORIGINS", "https://a.example:443"),
        ("CORS_ALLOW_ORIGINS", "https://*.a.example"),
        ("CORS_ALLOW_ORIGINS", "*, https://a.example"),
        ("CORS_ALLOW_ORIGINS", ","),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_by_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Settings.load()
    assert [fault["loc"] for fault in caught.value.errors()] == [(name.lower(),)]


@pytest.mark.parametrize("level", ["debug", "INFO", "Warning", "error"])
def test_a_log_level_may_be_in_either_case(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", level)
    assert Settings.load().log_level == level


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("INGEST_PORT", "many", "INGEST_PORT: should be a whole number"),
        ("INGEST_PORT", "99999", "INGEST_PORT: should be 65535 or less"),
        ("REDIS_CLUSTER", "perhaps", "REDIS_CLUSTER: should be true or false"),
        ("METRICS", "on", "METRICS: should be off or emf"),
        ("EVENT_OLDEST", "2020-01-01", "EVENT_OLDEST: should be a time with an offset, such as 2000-01-01T00:00:00Z"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "10.0.0.0/8 is the network"),
        ("CORS_ALLOW_ORIGINS", "a.example", "it should look like https://a.example,"),
        ("CORS_ALLOW_ORIGINS", "http://A.example:80/x", "it should look like http://a.example,"),
        ("CORS_ALLOW_ORIGINS", "https://bücher.example", "it should look like https://xn--bcher-kva.example,"),
        ("DATABASE_URL", "postgresql://localhost/analytics", "DATABASE_URL: it has no user"),
        ("DATABASE_GROUPS", "second=postgresql://localhost/analytics", "DATABASE_GROUPS: second has no user"),
        ("DATABASE_GROUP_ADMIN_SECRET_ARNS", "second", "should look like second=arn:"),
        ("CLAIM_IDLE_SECONDS", "30", "CLAIM_IDLE_SECONDS must be greater than PROCESS_TIMEOUT_SECONDS"),
    ],
)
def test_what_would_be_right_is_said_with_the_name(
    name: str, value: str, right: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Settings.load()
    assert right in describe(caught.value)
    assert len(describe(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["REDIS_URL", "DATABASE_URL"])
def test_a_wrong_url_is_not_repeated_for_it_may_hold_a_password(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "x://ann:hunter2@[bad")
    with pytest.raises(ValidationError) as caught:
        Settings.load()
    assert "hunter2" not in describe(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CORS_ALLOW_ORIGINS", "https://a.example, http://localhost:8080,null,http://[::1]:80"),
        ("CORS_ALLOW_ORIGINS", "capacitor://localhost"),
        ("TRUSTED_PROXIES", "10.0.0.1, 172.16.0.0/12, 2001:db8::/32,"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("REDIS_URL", "rediss://:p@h:6380"),
        ("LISTEN_HOST", "::1"),
    ],
)
def test_a_valid_setting_is_accepted_as_it_is_written(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if value.startswith("https://a.example, "):
        value = value.replace("[::1]:80", "[::1]:8080")
    monkeypatch.setenv(name, value)
    assert getattr(Settings.load(), name.lower()) == value


@pytest.mark.parametrize(
    ("content", "said"), [(None, "No such file"), (b"countries", "no MaxMind database"), (b"", "no MaxMind database")]
)
def test_a_database_of_places_that_is_none_ends_a_part_with_its_setting(
    content: bytes | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "places.mmdb"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("PLACES_MMDB", str(path))
    with pytest.raises(SystemExit, match=f"PLACES_MMDB: .*{said}"):
        Settings.load_or_exit(opens_files=True)
    assert Settings.load_or_exit().places_mmdb == str(path)


def test_a_part_with_a_wrong_setting_ends_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "proxy")
    with pytest.raises(SystemExit, match="TRUSTED_PROXIES: proxy is neither"):
        Settings.load_or_exit()


@pytest.mark.parametrize("file", [".env", f"data/{GENERATED_ENV}"])
def test_a_file_of_settings_in_another_encoding_is_said(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", "data")
    (tmp_path / "data").mkdir()
    (tmp_path / file).write_bytes("INGEST_PORT=4001".encode("utf-16"))
    with pytest.raises(SystemExit, match=f"{file} should be text in UTF-8"):
        Settings.load_or_exit()


def test_a_byte_order_mark_before_the_first_setting_is_no_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfINGEST_PORT=4001\r\n")
    assert Settings.load().ingest_port == 4001


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("INGEST_PROT", "INGEST_PORT"),
        ("ingest_prot", "INGEST_PORT"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("TIMEZONE", "TIME_ZONE"),
        ("PORT_INGEST", "INGEST_PORT"),
        ("CORS_ALLOWED_ORIGINS", "CORS_ALLOW_ORIGINS"),
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
    ],
)
def test_a_name_that_looks_like_a_settings_is_said(name: str, meant: str) -> None:
    assert find_misspelled([name], Settings.model_fields, is_ours=False) == {name: meant}
    assert find_misspelled([name], Settings.model_fields, is_ours=True) == {name: meant}


OTHERS = [
    "PATH",
    "HOME",
    "LANG",
    "TZ",
    "PORT",
    "HOSTNAME",
    "USER",
    "LOGNAME",
    "PYTHONPATH",
    "XDG_DATA_DIRS",
    "XDG_RUNTIME_DIR",
    "PGHOST",
    "PGPORT",
    "PGDATABASE",
    "AWS_REGION",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "FUNCTION_TARGET",
    "K_SERVICE",
    "KUBERNETES_PORT",
    "REDIS_SERVICE_PORT",
    "REDIS_PORT_6379_TCP_PORT",
    "REDIS_HOST",
    "POSTGRES_HOST",
    "POSTGRES_USER",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD",
    "STATSD_PORT",
    "COMPOSE_PROJECT_NAME",
    "DOCKER_HOST",
    "LISTEN_FDS",
    "LISTEN_PID",
    "JOURNAL_STREAM",
    "NO_COLOR",
    "DEBUG",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSH_CONNECTION",
    "INGEST_PORT",
]


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_anothers_is_not_taken_for_a_misspelled_setting(name: str) -> None:
    assert find_misspelled([name], Settings.model_fields, is_ours=False) == {}
