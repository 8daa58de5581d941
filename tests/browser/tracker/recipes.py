"""The recipes of docs/tracker.md, as they stand there, each as the configuration of the server that it is for."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.address import free_port
from tests.pressure.parts import eventually

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "tracker.md").read_text()
IS_ROOT = os.geteuid() == 0
APACHE_MODULES = Path("/usr/lib/apache2/modules")


@dataclass(frozen=True)
class WebServer:
    """A server that somebody's site may have. `write`: its configuration, of folder, port, recipe and site's port."""

    name: str
    program: str
    write: Callable[[Path, int, str, int], str]
    arguments: Callable[[Path], list[str]]

    def find(self) -> str | None:
        """Where the program is, if this machine has it."""
        return shutil.which(self.program, path=f"{os.environ['PATH']}:/usr/sbin")


def _write_nginx(folder: Path, port: int, recipe: str, site_port: int) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    site = f"{recipe} location / {{ proxy_pass http://127.0.0.1:{site_port}; }}"
    user = "user root;\n" if IS_ROOT else ""  # a test's folder is its owner's alone
    server = f"server {{ listen 127.0.0.1:{port}; access_log off; {site} }}"
    return f"{user}daemon off;\npid {folder}/pid;\nevents {{}}\nhttp {{\n{paths}{server}}}\n"


def _write_caddy(folder: Path, port: int, recipe: str, site_port: int) -> str:
    options = "{\n\tadmin off\n\tauto_https off\n}\n"
    return f"{options}http://:{port} {{\n\tbind 127.0.0.1\n{recipe}\n\treverse_proxy 127.0.0.1:{site_port}\n}}\n"


def _write_apache(folder: Path, port: int, recipe: str, site_port: int) -> str:
    modules = ("mpm_event", "authz_core", "headers", "proxy", "proxy_http")
    loaded = "".join(f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so\n" for name in modules)
    user = "User www-data\nGroup www-data\n" if IS_ROOT else ""
    own = f"ServerRoot {folder}\nDefaultRuntimeDir {folder}\nPidFile {folder}/pid\nErrorLog /dev/stderr\n"
    site = f'{recipe}ProxyPass "/" "http://127.0.0.1:{site_port}/"\n'
    host = f"<VirtualHost 127.0.0.1:{port}>\nServerName blog.test\n{site}</VirtualHost>\n"
    return f"{loaded}{user}{own}Listen 127.0.0.1:{port}\nServerName blog.test\n{host}"


SERVERS = (
    WebServer("nginx", "nginx", _write_nginx, lambda file: ["-c", str(file), "-e", "/dev/stderr"]),
    WebServer("caddy", "caddy", _write_caddy, lambda file: ["run", "--config", str(file), "--adapter", "caddyfile"]),
    WebServer("apache", "apache2", _write_apache, lambda file: ["-f", str(file), "-D", "FOREGROUND"]),
)


@contextmanager
def serving(server: WebServer, folder: Path, ingest_port: int, site_port: int) -> Iterator[int]:
    """The site behind the server with its recipe; where that listens."""
    program, port = server.find(), free_port()
    assert program
    found = re.search(rf"^```{server.name}\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert found
    assert "127.0.0.1:3001" in found[1]
    recipe = found[1].replace("127.0.0.1:3001", f"127.0.0.1:{ingest_port}")
    config = folder / f"{server.name}.conf"
    config.write_text(server.write(folder, port, recipe, site_port))
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    log_path = folder / f"{server.name}.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [program, *server.arguments(config)], stdout=log, stderr=log, env={**os.environ, **home}
        )
    try:
        eventually(lambda: _listens(port) or process.poll() is not None, 20, f"{server.name} listens")
        assert process.poll() is None, log_path.read_text()
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
