"""Asks the stats function for figures by invoking it, with the request that its API would hand over."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from common.aws.driver import BotoCoreError, ClientError, Config, Session
from common.aws.secrets import Secret
from common.errors import Unavailable
from infra.figures.figures import TIMEOUT_SECONDS, StatsClient

CONNECT_TIMEOUT_SECONDS = 3


class StatsFunction(StatsClient):
    """Asks a Lambda function, given by name or ARN; `key`: the secret that opens it."""

    place = "STATS_FUNCTION"

    def __init__(self, function: str, key: Secret) -> None:
        self._function = function
        self._key = key
        config = Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=TIMEOUT_SECONDS,
            retries={"total_max_attempts": 1},  # the next minute's round asks again
        )
        self._client: Any = Session().create_client("lambda", config=config)

    def _get(self, path: str, parameters: Mapping[str, str]) -> tuple[int, bytes]:
        event = write_request(path, parameters, self._key.read())
        try:
            answer = self._client.invoke(FunctionName=self._function, Payload=json.dumps(event).encode())
            content: bytes = answer["Payload"].read()
        except (BotoCoreError, ClientError) as error:
            raise Unavailable(f"Stats can't be invoked ({type(error).__name__}).") from error
        if "FunctionError" in answer:
            raise Unavailable("Stats fails.")
        status, body = read_response(content)
        if status == 401:
            self._key.refuse()  # perhaps it was rotated
        return status, body


def write_request(path: str, parameters: Mapping[str, str], key: str) -> dict[str, Any]:
    """A GET as an HTTP API hands it to a function, in payload format 2.0.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    return {
        "version": "2.0",
        "routeKey": f"GET {path}",
        "rawPath": path,
        "rawQueryString": urlencode(parameters),
        "headers": {"host": "stats", "authorization": f"Bearer {key}"},
        "requestContext": {
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "0.0.0.0", "userAgent": ""},  # noqa: S104
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }


def read_response(content: bytes) -> tuple[int, bytes]:
    """The status and body of what a function answers to an HTTP API. Raises Unavailable."""
    try:
        answer = json.loads(content)
        body = str(answer.get("body", "")).encode()
        return int(answer["statusCode"]), base64.b64decode(body) if answer.get("isBase64Encoded") else body
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable("Stats gives an answer that is none.") from error
