"""That the functions' apps answer as Starlette does with its router and its middleware, which they do without."""

import asyncio
from typing import Any

import pytest
from httpx2 import Response as Answer
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message

from common.errors import Fault, InvalidInput, QuotaExceeded, TooLarge, Unauthorized, Unavailable
from common.http import messages
from common.http.app import App, build_app
from common.http.problems import answer_error, answer_failure

OURS = (
    InvalidInput("It is wrong.", (Fault("Send something else.", "/path"),)),
    TooLarge("It is too long."),
    Unauthorized("Send the key."),
    QuotaExceeded(("client",), 7, {"RateLimit": '"client";r=0;t=7'}),
    Unavailable("The queue is away.", 3),
)
SHARED = messages.answer({"status": "ok"}, 202)


async def accept(request: Request) -> Response:
    await messages.read_body(request, 100)
    return SHARED


async def vary(_: Request) -> Response:
    return Response(b"a", headers={"Vary": "Accept", "ETag": '"1"'}, media_type="text/csv")


async def fail(request: Request) -> Response:
    raise [*OURS, RuntimeError("a failure of ours")][int(request.query_params["error"])]


ROUTES = [Route("/event", accept, methods=["POST"]), Route("/vary", vary), Route("/fail", fail)]


async def answer_known(_: Request, error: Exception) -> Response:
    response = answer_error(error)
    assert response is not None
    return response


async def answer_http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = {404: "There is nothing at this path.", 405: "This path does not take this method."}[error.status_code]
    return messages.problem(error.status_code, error.detail, detail, headers=dict(error.headers or {}))


async def answer_unknown(_: Request, __: Exception) -> Response:
    return answer_failure()


def build_like(origins: str) -> Starlette:
    cors = Middleware(
        CORSMiddleware,
        allow_origins=origins.split(","),
        allow_methods=["GET", "POST"],
        expose_headers=["Retry-After", "RateLimit", "RateLimit-Policy", "ETag", "Now"],
        max_age=86_400,
    )
    handlers = {type(error): answer_known for error in OURS}
    app = Starlette(
        routes=ROUTES,
        middleware=[cors] if origins else [],
        exception_handlers={**handlers, HTTPException: answer_http_error, Exception: answer_unknown},
    )
    app.router.redirect_slashes = False
    return app


def ask(app: App | Starlette, method: str, path: str, headers: dict[str, str]) -> Answer:
    content = b"{}" if method == "POST" else None
    return TestClient(app, raise_server_exceptions=False).request(method, path, headers=headers, content=content)


def tell(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    headers = dict(answer.headers)
    if "allow" in headers:
        headers["allow"] = ", ".join(sorted(headers["allow"].split(", ")))  # Starlette's is in no order
    return answer.status_code, answer.content, headers


@pytest.mark.parametrize("origins", ["", "*", "https://a.example,https://b.example"])
@pytest.mark.parametrize(
    "origin", [{}, {"Origin": "https://b.example"}, {"Origin": "https://c.example"}], ids=["none", "listed", "other"]
)
@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/event", {}),
        ("POST", "/event", {"Content-Length": "101"}),
        ("GET", "/event", {}),
        ("PUT", "/event", {}),
        ("HEAD", "/vary", {}),
        ("GET", "/vary", {}),
        ("POST", "/nowhere", {}),
        ("GET", "/event/", {}),
        ("OPTIONS", "/event", {}),
        *(("GET", f"/fail?error={number}", {}) for number in range(len(OURS) + 1)),
    ],
)
def test_every_answer_is_starlettes(
    origins: str, origin: dict[str, str], method: str, path: str, headers: dict[str, str]
) -> None:
    asked: tuple[str, str, dict[str, str]] = (method, path, {**origin, **headers})
    assert tell(ask(build_app(ROUTES, origins), *asked)) == tell(ask(build_like(origins), *asked))


def test_a_response_that_answers_many_requests_stays_as_it_is() -> None:
    app = build_app(ROUTES, "*")
    answers = [ask(app, "POST", "/event", {"Origin": "https://a.example"}) for _ in range(2)]
    assert tell(answers[0]) == tell(answers[1])
    more = messages.with_headers(SHARED, {"RateLimit": "a"})
    assert more.headers["ratelimit"] == "a"
    assert "ratelimit" not in SHARED.headers


def test_a_failure_is_answered_and_raised_for_the_servers_log() -> None:
    with pytest.raises(RuntimeError, match="a failure of ours"):
        TestClient(build_app(ROUTES)).get(f"/fail?error={len(OURS)}")


def test_an_app_under_a_root_path_takes_it_off() -> None:
    assert TestClient(build_app(ROUTES), root_path="/api").post("/api/event", content=b"{}").status_code == 202


def test_an_app_starts_and_ends_when_its_server_says_so() -> None:
    with TestClient(build_app(ROUTES)) as client:
        assert client.get("/healthz").json() == {"status": "ok"}


def test_of_a_header_field_that_comes_twice_the_first_counts_and_all_are_there() -> None:
    seen: list[Any] = []

    async def look(request: Request) -> Response:
        seen.extend([request.headers.get("X-One"), request.headers.getlist("x-one"), request.headers.get("x-two", "-")])
        return SHARED

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(_: Message) -> None:
        pass

    headers = [(b"x-one", b"a"), (b"x-one", b"\xe9")]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": b""}
    asyncio.run(build_app([Route("/", look)])(scope, receive, send))
    assert seen == ["a", ["a", "é"], "-"]


async def name_parameter(request: Request) -> Response:
    return messages.answer(request.path_params)


@pytest.mark.parametrize(
    ("path", "status", "answer"),
    [
        ("/array/phc_x/config", 200, {"token": "phc_x"}),
        ("/array/%7Btoken%7D/config", 200, {"token": "{token}"}),
        ("/array/%7Bother%7D/configs", 404, None),
        ("/array/config", 404, None),
        ("/array/a/b/config", 404, None),
        ("/array/a/configs", 404, None),
    ],
)
def test_a_segment_before_the_last_may_be_a_parameter(path: str, status: int, answer: Any) -> None:
    found = TestClient(build_app([Route("/array/{token}/config", name_parameter)])).get(path)
    assert found.status_code == status
    assert answer is None or found.json() == answer


def test_only_paths_that_say_so_are_answered_to_pages_that_send_credentials() -> None:
    app = build_app([Route("/a", vary), Route("/b", vary)], "*", with_credentials=frozenset({"/b"}))
    client = TestClient(app, headers={"Origin": "https://blog.example"})
    names = ("access-control-allow-origin", "access-control-allow-credentials")
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-umami-cache"}
    for answer in (client.get("/a"), client.options("/a", headers=asked)):
        assert [answer.headers.get(name) for name in names] == ["*", None]
    for answer in (client.get("/b"), client.options("/b", headers=asked)):
        assert [answer.headers.get(name) for name in names] == ["https://blog.example", "true"]
