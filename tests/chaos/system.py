"""The system under test: both servers, the parts, and a proxy between each pair of them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from common.groups.databases import list_settings
from common.redis.client import connect
from common.settings import Settings
from infra.local import stack
from infra.local.address import free_port
from infra.local.credentials import Endpoints
from infra.local.postgres import PostgresServer
from infra.local.valkey import ValkeyServer
from infra.migrations.runner import migrate
from infra.poller.http_invoker import PROBE_TIMEOUT_SECONDS
from tests.chaos.load import EventLoop
from tests.chaos.power_cut import PageCache
from tests.chaos.processes import Process
from tests.chaos.proxy import Mode, Proxy

MISBEHAVING_PROCESS = Path(__file__).with_name("misbehaving_process.py")
PROCESS_KEY = "a-key-of-the-chaos-suite"
PROCESSOR_WORKERS = 4
POSTGRES_CONNECTIONS = 15
SECOND = "second"
"""A group beside home, and the name of its server."""
CLIENT_TIMEOUT_SECONDS = 3
PROCESS_TIMEOUT_SECONDS = 1.0
LONGEST_TIMEOUT_SECONDS = PROCESS_TIMEOUT_SECONDS + PROBE_TIMEOUT_SECONDS
"""The poller waits so long for a batch's answer and then for a sign of life; every other time-out is shorter."""


class System:
    """Two pollers, a processor with four workers, an ingest, and what is between them.

    The time-outs are as short as a busy machine allows, so that a fault need not last long to exceed them.
    """

    connections = POSTGRES_CONNECTIONS
    """How many PostgreSQL lets in."""
    more_parts: Sequence[str] = ()
    """What runs beside those."""

    def __init__(self, folder: Path, loop: EventLoop, seed: int, *, has_groups: bool = False) -> None:
        """`has_groups`: there is a second PostgreSQL, to which slots can be moved."""
        self.folder = folder
        self.loop = loop
        self.seed = seed
        self.moves = 0
        """How often slots were moved."""
        self.valkey_server = ValkeyServer(folder / "valkey", free_port(), "chaos")
        names = ("postgres", SECOND) if has_groups else ("postgres",)
        self.postgres_servers = {name: PostgresServer(folder / name, free_port(), "chaos") for name in names}
        self.ports = {name: free_port() for name in ("ingest", "process", "stats", "poller-a", "poller-b")}
        targets = {
            "client-ingest": self.ports["ingest"],
            "ingest-redis": self.valkey_server.port,
            "poller-redis": self.valkey_server.port,
            "poller-processor": self.ports["process"],
            **{f"processor-{name}": server.port for name, server in self.postgres_servers.items()},
        }
        self.proxies = {name: Proxy(port, seed + at) for at, (name, port) in enumerate(targets.items())}
        # where every connection has one answer, cutting only some of them would be chance, and no fault
        self.proxies["poller-processor"].lets_through = 0
        self.zombies = 0
        """How often a poller was frozen with entries in its hands."""
        self.settings = self._settings()
        self.redis = connect(self.settings)

    @property
    def ingest_port(self) -> int:
        """Where clients send to."""
        return self.proxies["client-ingest"].port

    @property
    def databases(self) -> dict[str, Settings]:
        """The settings of each group, past the proxies."""
        return list_settings(self.settings)

    def start(self) -> None:
        """Start everything and wait until it is ready."""
        self.valkey_server.prepare()
        for server in self.postgres_servers.values():
            server.prepare()
        self.page_cache = PageCache(self.valkey_server.folder, self.folder)
        for proxy in self.proxies.values():
            self.loop.run(proxy.set_mode(Mode.THROUGH))
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        self.valkey = Process(
            "valkey",
            self.valkey_server.command(),
            env | self.page_cache.env,
            self.valkey_server.is_ready,
            self.folder,
        )
        # syncfs: a recovery that syncs every file by itself takes seconds, and there are many
        options = {"max_connections": self.connections, "recovery_init_sync_method": "syncfs"}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self.postgres = {
            name: Process(name, [*server.command(), *words], env, server.is_ready, self.folder)
            for name, server in self.postgres_servers.items()
        }
        self.parts = self._parts(env)
        self.start_servers()
        for one in self.databases.values():
            migrate(one.database_url)
        self.start_parts()

    def process(self, name: str) -> Process:
        """A server or a part."""
        return {"valkey": self.valkey, **self.postgres, **self.parts}[name]

    def start_servers(self) -> None:
        """Start the servers and wait until they are ready."""
        servers = [self.valkey, *self.postgres.values()]
        for server in servers:
            server.start()
        for server in servers:
            server.wait_until_ready()

    def start_parts(self) -> None:
        """Start all parts and wait until they are ready."""
        for part in self.parts.values():
            part.start()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Return when everything answers again."""
        for process in (self.valkey, *self.postgres.values(), *self.parts.values()):
            process.wait_until_ready()

    def close(self) -> None:
        """End everything that was started, at once: nobody needs its data any more."""
        for process in (*self.parts.values(), self.valkey, *self.postgres.values()):
            process.kill()
        for proxy in self.proxies.values():
            self.loop.run(proxy.close())
        self.redis.close()

    def set_network(self, name: str, mode: Mode) -> None:
        """Change what happens between a pair of parts."""
        self.loop.run(self.proxies[name].set_mode(mode))

    def _settings(self) -> Settings:
        """What the parts find in their environment, save for the proxies between them; the check uses it as it is."""
        others = [f"{name}={self.postgres_servers[name].url}" for name in self.postgres_servers if name == SECOND]
        return Settings(
            redis_url=self.valkey_server.url,
            database_url=self.postgres_servers["postgres"].url,
            database_groups=" ".join(others),
            process_url=f"http://127.0.0.1:{self.proxies['poller-processor'].port}",
            ingest_port=self.ports["ingest"],
            process_port=self.ports["process"],
            stats_port=self.ports["stats"],
            poller_port=self.ports["poller-a"],
            data_dir=self.folder / "data",
            log_level="WARNING",
            stream_shards=2,
            poller_lanes=2,
            batch_max_events=500,
            redis_timeout_seconds=0.7,
            database_timeout_seconds=2 if others else 0.7,  # nothing is stopped there: no fault has to outlast it
            process_timeout_seconds=4 if others else PROCESS_TIMEOUT_SECONDS,
            http_timeout_seconds=2,
            database_connections=2,
            claim_idle_seconds=5 if others else 1.4,
            event_max_attempts=3,
        )

    def _parts(self, env: Mapping[str, str]) -> dict[str, Process]:
        """As the supervisor runs them, each beside its own proxies."""
        settings = self.settings
        endpoints = Endpoints(
            None, None, settings.redis_url, settings.database_url, settings.process_url, PROCESS_KEY, ""
        )
        known = {part.name: part for stage in stack.stages(settings, endpoints) for part in stage}
        common = dict(env) | {name.upper(): str(getattr(settings, name)) for name in settings.model_fields_set}
        self.operator_env = {**common, **known["process"].env}
        source = str(stack.PROJECT / "functions/process/main.py")
        process = [str(MISBEHAVING_PROCESS) if word == source else word for word in known["process"].argv]

        def make(name: str, part: str, argv: list[str], **own: str) -> Process:
            part_env = {**common, **known[part].env, **own}
            port = self.ports[name]
            path = "healthz" if part == "poller" else "readyz"
            return Process(name, argv, part_env, lambda: stack.answers(f"http://127.0.0.1:{port}/{path}"), self.folder)

        via = self._via("poller-redis", settings.redis_url)

        def make_poller(name: str) -> Process:
            return make(name, "poller", list(known["poller"].argv), REDIS_URL=via, POLLER_PORT=str(self.ports[name]))

        return {
            "ingest": make(
                "ingest", "ingest", list(known["ingest"].argv), REDIS_URL=self._via("ingest-redis", settings.redis_url)
            ),
            "process": make(
                "process",
                "process",
                process,
                DATABASE_URL=self._via("processor-postgres", settings.database_url),
                DATABASE_GROUPS=" ".join(
                    f"{name}={self._via(f'processor-{name}', url)}" for name, url in settings.database_urls.items()
                ),
                WORKERS=str(PROCESSOR_WORKERS),
                CHAOS_HANG_SECONDS=str(settings.process_timeout_seconds + 1),
            ),
            "poller-a": make_poller("poller-a"),
            "poller-b": make_poller("poller-b"),
            **{name: make(name, name, list(known[name].argv)) for name in self.more_parts},
        }

    def _via(self, proxy: str, url: str) -> str:
        parts = urlsplit(url)
        address = f"{parts.netloc.rpartition(':')[0]}:{self.proxies[proxy].port}"
        return urlunsplit(parts._replace(netloc=address))
