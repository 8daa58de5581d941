"""Every format: it is told by how a log begins, and its lines give the same requests."""

import pytest

from infra.importer.detection import FORMATS, detect, find_format
from infra.importer.errors import ImportStopped
from infra.importer.formats.combined import Request, Unparsable
from infra.importer.formats.kind import HEAD_BYTES, LogFormat, list_lines
from infra.importer.formats.table import LOG_FORMATS
from tests.log_samples import CHROME, DAY, FIREFOX, HOST, REFERRER, REQUESTS, SAMPLES

NO_AGENT = {"common"}
NO_REFERRER = {"common", "alb", "elb"}
HOSTS = {"caddy", "nginx-json", "traefik-json", "haproxy", "alb", "elb", "cloudfront"}


def read(name: str, log: bytes) -> list[Request | Unparsable]:
    found = find_format(name)
    assert isinstance(found, LogFormat)
    reader = found.open()
    return [read for line in log.splitlines() if (read := reader(line)) is not None]


@pytest.mark.parametrize(("name", "log"), SAMPLES.values(), ids=SAMPLES)
def test_a_log_is_known_by_its_beginning(name: str, log: bytes) -> None:
    found = detect(log[:HEAD_BYTES])
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(("name", "log"), SAMPLES.values(), ids=SAMPLES)
def test_its_lines_give_their_requests(name: str, log: bytes) -> None:
    requests = read(name, log)
    assert len(requests) == len(REQUESTS)
    for request, logged in zip(requests, REQUESTS, strict=True):
        assert isinstance(request, Request), request
        assert request.address.decode() == logged.address
        assert request.timestamp[:19] == f"{DAY}T{logged.clock}"
        assert (request.method, request.status) == (logged.method, logged.status)
        assert request.target.decode().removeprefix(f"https://{HOST}:443") == logged.target
        assert request.agent.decode() == ("-" if name in NO_AGENT else logged.agent)
        assert request.referrer.decode() == ("-" if name in NO_REFERRER else logged.referrer)
        assert request.host.decode() == HOST or name not in HOSTS


def test_every_format_has_a_sample() -> None:
    assert {name for name, _ in SAMPLES.values()} == {known.name for known in LOG_FORMATS}


@pytest.mark.parametrize("name", sorted(known.name for known in LOG_FORMATS))
def test_lines_of_any_other_form_are_not_read_and_do_no_harm(name: str) -> None:
    odd = [b"", b"-", b"{}", b"[]", b'{"request":1,"status":2}', b"\xff\xfe\x00", b'{"status":200,"ip":7}', b"#",
           b"a\tb",
           b'{"ts":1e300,"status":200,"request":{"uri":"/","remote_ip":"192.0.2.1"}}',
           b'{"msec":"nan","status":200,"ip":"192.0.2.1","path":"/"}', b'{"RequestPath":"/","DownstreamStatus":200}',
           b'{"ts":1,"status":200,"request":{"uri":"/","remote_ip":"\xc3\xa4"}}']  # fmt: skip
    log_format = find_format(name)
    assert isinstance(log_format, LogFormat)
    reader = log_format.open()
    assert not [line for line in odd if isinstance(reader(line), Request)]


def test_what_no_format_knows_is_unknown() -> None:
    assert detect(b"") is None
    assert detect(b"name,visitors\n/home,3\n") is None


def test_an_unknown_format_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ImportStopped, match="There is no format apache; there are: alb, caddy"):
        find_format("apache")


def test_a_line_that_the_head_cuts_is_not_looked_at() -> None:
    assert list_lines(b"a\r\n\nb" + b"c" * HEAD_BYTES) == [b"a"]
    assert list_lines(b"a\nb") == [b"a", b"b"]


def test_names_are_unique() -> None:
    assert len({known.name for known in FORMATS}) == len(FORMATS)


def test_fields_of_a_w3c_log_may_change_on_the_way() -> None:
    log = b"#Fields: date time c-ip cs-method cs-uri-stem sc-status\n2026-01-31 10:00:00 192.0.2.1 GET /a 200\n"
    log += b"#Fields: c-ip cs-method cs-uri-stem sc-status date time\n192.0.2.2 GET /b 200 2026-01-31 10:00:01\nshort\n"
    first, second, third = read("iis", log)
    assert isinstance(first, Request)
    assert isinstance(second, Request)
    assert (first.target, second.target, second.address) == (b"/a", b"/b", b"192.0.2.2")
    assert isinstance(third, Unparsable)


def test_a_backslash_of_a_json_log_is_the_clients_own() -> None:
    [request] = read(
        "nginx-json", rb'{"msec":1769853601.5,"ip":"192.0.2.1","path":"/a\\b","status":200,"agent":"x\\\"y"}'
    )
    assert isinstance(request, Request)
    assert (request.target, request.agent) == (rb"/a\b", rb"x\\" + b'"y')
    assert request.timestamp == "2026-01-31T10:00:01.500+00:00"


def test_json_is_found_behind_what_containers_put_before_it() -> None:
    log = SAMPLES["Caddy"][1].splitlines()[0]
    [bare, prefixed] = read("caddy", log + b"\ncaddy-1  | " + log)
    assert bare == prefixed


def test_agents_are_the_samples_own() -> None:
    assert {one.agent for one in REQUESTS} == {FIREFOX, CHROME}
    assert REFERRER in {one.referrer for one in REQUESTS}
