"""The command of docs/moving/matomo.md gets from Matomo's API what the importer reads."""

import json
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from ingest_stand_in import Import

from infra.local.stack import PROJECT
from tests.moving_pages import read_command

HOST = "matomo.example.com"
VISITS: list[dict[str, Any]] = json.loads((PROJECT / "tests" / "data" / "histories" / "matomo.json").read_text())
ASKED = {"module": "API", "method": "Live.getLastVisitsDetails", "idSite": "3", "format": "JSON", "period": "month",
         "date": "2024-06-01"}  # fmt: skip

pytestmark = pytest.mark.skipif(
    not (shutil.which("openssl") and shutil.which("curl")), reason="openssl and curl are not both here"
)


class Matomo(BaseHTTPRequestHandler):
    """Answers as Matomo's API does: parameters may be in the query and in the form, a token in the form alone."""

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        given = dict(parse_qsl(urlsplit(self.path).query)) | form
        answer: Any = {"result": "error", "message": "You can't access this resource"}
        if form.get("token_auth") and ASKED.items() <= given.items():
            first, limit = int(given["filter_offset"]), int(given["filter_limit"])
            answer = VISITS[first : first + limit]
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def curl_home(tmp_path: Path) -> Iterator[Path]:
    """A folder with curl's settings, by which it finds the page's host on this machine, and trusts it."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Matomo)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    found = f'connect-to = "{HOST}:443:127.0.0.1:{server.server_port}"'
    (tmp_path / ".curlrc").write_text(f'{found}\ncacert = "{certificate}"\nnoproxy = "*"\nsilent\n')
    yield tmp_path
    server.shutdown()
    server.server_close()


def run(command: str, folder: Path) -> Path:
    """Run it as a shell does; the file that it writes."""
    env = {"PATH": os.environ["PATH"], "CURL_HOME": str(folder)}
    subprocess.run(["sh", "-euc", command], cwd=folder, env=env, check=True, timeout=60)
    return folder / "matomo.json"


def test_the_command_of_the_page_gives_what_the_importer_reads(curl_home: Path, import_log: Import) -> None:
    report = import_log(run(read_command("matomo", "curl "), curl_home))
    assert (report.exit_code, report.accepted) == (0, 7), report.as_text()


def test_the_parts_that_the_page_tells_of_are_read_one_after_the_other(curl_home: Path, import_log: Import) -> None:
    command = read_command("matomo", "curl ").replace("filter_limit=10000", "filter_limit=1")
    accepted = 0
    for offset in range(len(VISITS)):
        part = run(command.replace("filter_offset=0", f"filter_offset={offset}"), curl_home)
        accepted += import_log(part).accepted
    assert accepted == 7
