"""The deployed stack: the template's own configuration on the test's servers, secrets in Secrets Manager."""

import base64
import json
import re
import ssl
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pg8000.native
from redis import Redis

from tests.cloud.execution.function import Configuration, Function
from tests.cloud.template import ROOT, Template

BUNDLES = ROOT / "build" / "bundles" / "x86_64"
PYTHON = ROOT / "build" / "lambda-runtime" / "bin" / "python"
LOGICAL_IDS = {
    name: f"{name.capitalize()}Function" for name in ("ingest", "process", "stats", "poller", "reports", "migrate")
}
DATABASE_ROLES = {"process": "writer", "reports": "writer", "stats": "reader", "migrate": "owner"}
QUEUE_USERS = {name: f"{name.capitalize()}QueueUser" for name in ("ingest", "poller", "reports")}


@dataclass
class Cloud:
    """Where everything is, and what was deployed."""

    template: Template
    endpoint: str
    """Of the AWS services."""
    authority: Path
    redis_port: int
    postgres_port: int
    redis_password: str
    """Of the queue's administrator."""
    postgres_password: str
    """Of the role analytics, which owns the database."""
    secrets: dict[str, str]
    """ARNs: queue-ingest, -poller, -reports, stats-key, database (the administrator), -owner, -writer, -reader."""
    folder: Path
    _functions: list[Function] = field(default_factory=list)

    def deploy(self, name: str, timeout_seconds: float = 0, **environment: str) -> Function:
        """A function with the template's configuration, but for this time-out and these variables."""
        configured = self.configuration(name)
        variables = {**configured.environment, **environment}
        timeout_seconds = timeout_seconds or configured.timeout_seconds
        return self.start(replace(configured, environment=variables, timeout_seconds=timeout_seconds))

    def create(self, aws_lambda: Any, name: str, **environment: str) -> str:
        """The same, created at a Lambda API: its name."""
        configured = self.configuration(name)
        aws_lambda.create_function(
            FunctionName=configured.name,
            Runtime="python3.13",
            Role="arn:aws:iam::123456789012:role/function",
            Handler=configured.handler,
            Code={"ZipFile": (BUNDLES / f"{name}.zip").read_bytes()},
            Timeout=int(configured.timeout_seconds),
            MemorySize=configured.memory_mb,
            Environment={"Variables": {**configured.environment, **environment}},
        )
        return configured.name

    def start(self, configuration: Configuration) -> Function:
        """A function with a configuration of one's own; ended with the tests."""
        self._functions.append(Function(configuration, PYTHON))
        return self._functions[-1]

    def configuration(self, name: str) -> Configuration:
        """What the template says of a function."""
        properties = self.template.properties(LOGICAL_IDS[name])
        return Configuration(
            name=str(properties["FunctionName"]),
            task_root=self._unpack(name),
            handler=str(properties["Handler"]),
            environment=self.environment(name),
            timeout_seconds=float(properties["Timeout"]),
            memory_mb=int(properties["MemorySize"]),
        )

    def environment(self, name: str) -> dict[str, str]:
        """The template's variables, with the addresses and ARNs that a deployment would fill in."""
        variables = self.template.environment(LOGICAL_IDS[name])
        found = {
            "REDIS_URL": ("localhost", self.redis_port),
            "DATABASE_URL": ("localhost", self.postgres_port),
        }
        for variable, (host, port) in found.items():
            if variable in variables:
                url = urlsplit(variables[variable])._replace(netloc=f"{host}:{port}")
                variables[variable] = urlunsplit(url).replace("/var/task/rds-ca.pem", str(self.authority))
        secrets = {
            "REDIS_SECRET_ARN": self.secrets.get(f"queue-{name}", ""),
            "DATABASE_SECRET_ARN": self.secrets.get(f"database-{DATABASE_ROLES.get(name)}", ""),
            "DATABASE_ADMIN_SECRET_ARN": self.secrets["database"],
            "DATABASE_WRITER_SECRET_ARN": self.secrets["database-writer"],
            "DATABASE_READER_SECRET_ARN": self.secrets["database-reader"],
            "STATS_API_KEY_SECRET_ARN": self.secrets["stats-key"],
        }
        variables.update({variable: arn for variable, arn in secrets.items() if variable in variables})
        # the managed runtime trusts public authorities, and here the test's is one
        return {**variables, "AWS_ENDPOINT_URL": self.endpoint, "SSL_CERT_FILE": str(self.authority)}

    def administer_queue(self) -> "Redis":
        """A client of the queue that may do everything."""
        return Redis(
            host="localhost",
            port=self.redis_port,
            password=self.redis_password,
            ssl=True,
            ssl_ca_certs=str(self.authority),
            protocol=2,
        )

    def set_queue_password(self, name: str, password: str) -> str:
        """Give the template's user of a function this password, and no other; returns the user's name."""
        user = self.template.properties(QUEUE_USERS[name])
        with self.administer_queue() as redis:
            redis.execute_command(
                "ACL", "SETUSER", user["UserName"], "reset", *user["AccessString"].split(), f">{password}"
            )
        return str(user["UserName"])

    @contextmanager
    def database(self) -> Iterator[pg8000.native.Connection]:
        """A connection to the database."""
        context = ssl.create_default_context(cafile=str(self.authority))
        connection = pg8000.native.Connection(
            "analytics", "localhost", "analytics", self.postgres_port, self.postgres_password, ssl_context=context
        )
        try:
            yield connection
        finally:
            connection.close()

    def close(self) -> None:
        """End every function."""
        for function in self._functions:
            function.close()

    def _unpack(self, name: str) -> Path:
        folder = self.folder / name
        if not folder.exists():
            with zipfile.ZipFile(BUNDLES / f"{name}.zip") as archive:
                archive.extractall(folder)
        return folder


def http_event(
    method: str, path: str, body: str | None = None, headers: Mapping[str, str] | None = None, query: str = ""
) -> dict[str, Any]:
    """A request as API Gateway's HTTP API hands it over, payload format 2.0."""
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "api.example", "x-forwarded-proto": "https", "x-forwarded-port": "443", **lowered},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "t"},
            "requestId": "id",
            "routeKey": f"{method} {path}",
            "stage": "$default",
            "time": "12/Nov/2025:10:00:00 +0000",
            "timeEpoch": 1762941600000,
        },
        **({"body": body} if body is not None else {}),
        "isBase64Encoded": False,
    }


def post(path: str, content: Any) -> dict[str, Any]:
    """A POST of JSON."""
    body = content if isinstance(content, str) else json.dumps(content)
    return http_event("POST", path, body, {"Content-Type": "application/json"})


def read_body(answer: Mapping[str, Any]) -> Any:
    """The JSON that API Gateway would send on."""
    body = answer["body"]
    return json.loads(base64.b64decode(body) if answer["isBase64Encoded"] else body)


def read_metrics(log: str) -> dict[str, list[float]]:
    """What CloudWatch Logs would take for metrics of WebsiteAnalytics with the dimension Function=poller."""
    found: dict[str, list[float]] = {}
    for line in re.findall(r"^\{.*\}$", log, re.MULTILINE):
        content = json.loads(line)
        for directive in content.get("_aws", {}).get("CloudWatchMetrics", []):
            assert directive["Namespace"] == "WebsiteAnalytics"
            assert directive["Dimensions"] == [["Function"]]
            assert content["Function"] == "poller"
            for metric in directive["Metrics"]:
                found.setdefault(metric["Name"], []).append(content[metric["Name"]])
    return found
