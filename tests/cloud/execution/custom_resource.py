"""CloudFormation's side of a custom resource: a request with an address to which the answer is PUT."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from tests.cloud.execution.function import Function


def request_custom_resource(function: Function, kind: str) -> dict[str, Any]:
    """Invoke a custom resource's function as CloudFormation does; returns the answer that it PUTs."""
    answers: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        result = function.invoke(
            {
                "RequestType": kind,
                "ResponseURL": f"http://127.0.0.1:{server.server_address[1]}/answer?signature=x",
                "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/website-analytics/1",
                "RequestId": "request",
                "LogicalResourceId": "Migration",
                "ResourceType": "Custom::Migration",
                **({} if kind == "Create" else {"PhysicalResourceId": "migrations"}),
            }
        )
        server.shutdown()
    assert not result.is_error, result
    [answer] = answers
    return answer
