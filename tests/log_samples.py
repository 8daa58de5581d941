"""The same six requests as each server writes them: three page views by two visitors, a file, a POST and a 404."""

import json
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)
HOST = "www.example.com"
DAY = "2026-01-31"
REFERRER = "https://news.example.org/item?id=1"


class Logged(NamedTuple):
    address: str
    clock: str
    method: str
    target: str
    status: int
    agent: str
    referrer: str = "-"


REQUESTS = (
    Logged("192.0.2.31", "10:00:01", "GET", "/a?x=1", 200, FIREFOX, REFERRER),
    Logged("192.0.2.31", "10:00:02", "GET", "/b", 200, FIREFOX),
    Logged("192.0.2.32", "10:00:03", "GET", "/a", 304, CHROME),
    Logged("192.0.2.32", "10:00:04", "GET", "/style.css", 200, CHROME),
    Logged("192.0.2.32", "10:00:05", "POST", "/b", 200, CHROME),
    Logged("2001:db8::33", "10:00:06", "GET", "/gone", 404, FIREFOX),
)
PATHS = [{"path": "/a", "views": 2}, {"path": "/b", "views": 1}]


def _common(one: Logged) -> str:
    return f'{one.address} - - [31/Jan/2026:{one.clock} +0000] "{one.method} {one.target} HTTP/1.1" {one.status} 512'


def _combined(one: Logged) -> str:
    return f'{_common(one)} "{one.referrer}" "{one.agent}"'


def _caddy(one: Logged) -> str:
    hour, minute, second = map(int, one.clock.split(":"))
    headers = {"User-Agent": [one.agent], "Accept": ["*/*"]}
    if one.referrer != "-":
        headers["Referer"] = [one.referrer]
    request = {
        "remote_ip": one.address, "remote_port": "41342", "client_ip": one.address, "proto": "HTTP/2.0",
        "method": one.method, "host": HOST, "uri": one.target, "headers": headers, "tls": {"resumed": False},
    }  # fmt: skip
    moment = 1769817600 + hour * 3600 + minute * 60 + second + 0.5241024
    entry = {"level": "info", "ts": moment, "logger": "http.log.access.log0", "msg": "handled request"}
    return json.dumps(entry | {"request": request, "bytes_read": 0, "duration": 0.0009, "status": one.status})


def _nginx(one: Logged) -> str:
    return json.dumps({
        "time_iso8601": f"{DAY}T{one.clock}+00:00", "remote_addr": one.address, "host": HOST,
        "request": f"{one.method} {one.target} HTTP/1.1", "status": str(one.status), "body_bytes_sent": "512",
        "http_referer": "" if one.referrer == "-" else one.referrer, "http_user_agent": one.agent,
    })  # fmt: skip


def _nginx_split(one: Logged) -> str:
    return json.dumps({
        "ip": one.address, "host": HOST, "path": one.target, "method": one.method, "status": one.status,
        "referrer": one.referrer, "user_agent": one.agent, "length": 512, "date": f"{DAY}T{one.clock}+00:00",
    })  # fmt: skip


def _traefik_json(one: Logged) -> str:
    return json.dumps({
        "ClientAddr": f"{one.address}:56246", "ClientHost": one.address, "ClientPort": "56246",
        "DownstreamStatus": one.status, "RequestHost": HOST,
        "RequestMethod": one.method, "RequestPath": one.target, "RouterName": "web@docker",
        "StartUTC": f"{DAY}T{one.clock}.373469822Z", "level": "info", "msg": "", "time": f"{DAY}T{one.clock}Z",
        "request_User-Agent": one.agent, "request_Referer": one.referrer.strip("-"),
    })  # fmt: skip


def _haproxy(one: Logged) -> str:
    return (
        f"Jan 31 {one.clock} lb haproxy[14389]: {one.address}:33317 [31/Jan/2026:{one.clock}.655] http-in static/srv1"
        f" 10/0/30/69/109 {one.status} 2750 - - ---- 1/1/1/1/0 0/0"
        f" {{{HOST}|{one.referrer.strip('-')}|{one.agent}}} {{}}"
        f' "{one.method} {one.target} HTTP/1.1"'
    )


def _elb(one: Logged) -> str:
    address = f"[{one.address}]" if ":" in one.address else one.address
    return (
        f"{DAY}T{one.clock}.186641Z my-lb {address}:2817 10.0.0.1:80 0.000073 0.001048 0.000057 {one.status}"
        f' {one.status} 0 29 "{one.method} https://{HOST}:443{one.target} HTTP/1.1" "{one.agent}" cipher TLSv1.2'
    )


def _alb(one: Logged) -> str:
    return (
        f'https {_elb(one).replace("my-lb", "app/my-lb/50dc6c495c0c9188")} arn:aws:targetgroup/web/73e2 "Root=1-5833"'
        f' "{HOST}" "arn:aws:acm:certificate" 1 {DAY}T{one.clock}.000000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"'
    )


CLOUDFRONT = (
    "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status"
    " cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-host-header\n"
)


def _cloudfront(one: Logged) -> str:
    path, _, query = one.target.partition("?")
    agent = quote(quote(one.agent, safe="/:;,()."), safe="/:;,().") if one.clock.endswith("1") else quote(one.agent)
    fields = (DAY, one.clock, "FRA6", "512", one.address, one.method, "d111.cloudfront.net", path, one.status,
              one.referrer, agent, query or "-", "-", "Hit", HOST)  # fmt: skip
    return "\t".join(map(str, fields))


IIS = (
    "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-01-31 10:00:00\r\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer)"
    " sc-status sc-substatus sc-win32-status time-taken\r\n"
)


def _iis(one: Logged) -> str:
    path, _, query = one.target.partition("?")
    return (
        f"{DAY} {one.clock} 10.0.0.1 {one.method} {path} {query or '-'} 443 - {one.address}"
        f" {one.agent.replace(' ', '+')} {one.referrer} {one.status} 0 0 15\r"
    )


def _write(write: Callable[[Logged], str], head: str = "") -> bytes:
    return (head + "".join(write(one) + "\n" for one in REQUESTS)).encode()


SAMPLES: dict[str, tuple[str, bytes]] = {
    "combined": ("combined", _write(_combined)),
    "combined with vhost": ("combined", _write(lambda one: f"{HOST}:443 {_combined(one)}")),
    "combined with extra fields": ("combined", _write(lambda one: f'{_combined(one)} 0.004 "192.0.2.99" gzip')),
    "common": ("common", _write(_common)),
    "common with vhost": ("common", _write(lambda one: f"{HOST} {_common(one)}")),
    "common with extra fields": ("common", _write(lambda one: f"{_common(one)} 4182")),
    "Caddy": ("caddy", _write(_caddy)),
    "nginx JSON": ("nginx-json", _write(_nginx)),
    "nginx JSON in pieces": ("nginx-json", _write(_nginx_split)),
    "Traefik": ("traefik", _write(lambda one: f'{_combined(one)} 7 "web@docker" "http://10.0.0.1:80" 5ms')),
    "Traefik JSON": ("traefik-json", _write(_traefik_json)),
    "HAProxy": ("haproxy", _write(_haproxy)),
    "ALB": ("alb", _write(_alb)),
    "ELB": ("elb", _write(_elb)),
    "CloudFront": ("cloudfront", _write(_cloudfront, CLOUDFRONT)),
    "IIS": ("iis", _write(_iis, IIS)),
}
"""By what they are: the name of the format, and the log."""
