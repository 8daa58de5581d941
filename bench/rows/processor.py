"""From the queue into PostgreSQL: ours, Node's, and COPY of the same rows, in turn; and what they take up."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from redis import Redis

from bench import parts, queues, servers, store
from bench.context import Bench, Measurement, column, describe_cores
from bench.draining import DRAIN_SECONDS, LANES, Place
from bench.figures import Figure, ratios
from bench.machine import Meter
from bench.processes import Failed
from bench.traffic import make_live, make_queue
from common.postgres.database import Database
from common.settings import Settings


@dataclass(frozen=True)
class Setting:
    """The servers, and both systems' places in them."""

    bench: Bench
    valkey: servers.Server
    node_valkey: servers.Server
    ours_url: str
    node_url: str
    processors: dict[int, str]
    """Where the processor with so many workers is."""
    pids: dict[str, int]

    def drain(
        self, events: Sequence[str], pollers: int = 1, workers: int = 1, shards: int = queues.SHARDS, lanes: int = LANES
    ) -> Measurement:
        """Ours. Raises Failed unless all is stored and right."""
        place = Place(self.bench.folder, self.valkey.url, self.processors[workers], [self.ours_url], self.pids)
        return place.drain(events, pollers, shards, lanes)

    def drain_node(self, events: Sequence[str], mode: str) -> Measurement:
        """Node's, from its first read to its last acknowledgement."""
        store.empty(self.node_url)
        env = {"REDIS_URL": self.node_valkey.url, "DATABASE_URL": self.node_url, "PROCESSOR_MODE": mode}
        with closing(Redis.from_url(self.node_valkey.url)) as redis:
            queues.fill_node(redis, events)
            with parts.node(self.bench.folder, "processor", env) as node:
                queues.wait_until(lambda: queues.has_begun(redis, [queues.NODE_STREAM]), DRAIN_SECONDS, "Node's start")
                began, meter = time.perf_counter(), Meter({**self.pids, "node": node.process.pid})
                queues.wait_until(lambda: not queues.count_waiting_node(redis), DRAIN_SECONDS, "Node's draining")
                seconds, cores = time.perf_counter() - began, meter.read()
        if store.count_events(self.node_url) != len(events):
            raise Failed("Node has not stored every event")
        return {"eps": len(events) / seconds, "seconds": seconds, "cores": cores}


@contextmanager
def prepare(bench: Bench, workers: Sequence[int] = (1,)) -> Iterator[Setting]:
    """Servers, schemas and a processor with each of these numbers of workers; those that get no batch are idle."""
    with ExitStack() as stack:
        enter, folder = stack.enter_context, bench.folder
        valkey = enter(servers.valkey(folder))
        node_valkey = enter(servers.valkey(folder, "valkey-everysec", "everysec"))
        postgres = enter(servers.postgres(folder))
        store.make_schema(postgres.url)
        node_url = store.make_database(postgres.url, "node")
        with closing(store.connect(node_url)) as connection:
            connection.run((parts.NODE / "init_db.sql").read_text())
        env = {"REDIS_URL": valkey.url, "DATABASE_URL": postgres.url}
        processors = {n: enter(parts.framework(folder, "process", env, n, f"process-{n}")) for n in workers}
        pids = {
            "valkey": valkey.process.pid, "postgres": postgres.process.pid, "valkey-everysec": node_valkey.process.pid,
            **{one.name: one.process.pid for one in processors.values()},
        }  # fmt: skip
        with closing(Database(postgres.url, 1, 10)) as database:
            [[version]] = database.run("show server_version")
        bench.results.facts["PostgreSQL"] = str(version)
        urls = {n: one.url("") for n, one in processors.items()}
        yield Setting(bench, valkey, node_valkey, postgres.url, node_url, urls, pids)


def run(bench: Bench) -> dict[str, Figure]:
    """The rows of the processor, and of bytes."""
    form = bench.form
    plain, rich = make_queue(form.events), make_queue(form.rich_events, rich=True)
    live = make_live(form.events)
    with prepare(bench, (1, 2)) as setting:
        bare_url = store.make_database(setting.ours_url, "bare")
        rich_url = store.make_database(setting.ours_url, "bare_rich")
        batch = Settings().batch_max_events
        bare, bare_rich = store.Bare(bare_url, plain, batch), store.Bare(rich_url, rich, batch)
        setting.drain(plain)  # warm-up
        variants: dict[str, Callable[[], Measurement]] = {
            "processor": lambda: setting.drain(plain),
            "node-event": lambda: setting.drain_node(plain[: form.node_events], "event"),
            "node-read": lambda: setting.drain_node(plain[: form.node_read_events], "batch"),
            "copy": lambda: _copy(bare, len(plain)),
            "live": lambda: setting.drain(live),
            "live-2": lambda: setting.drain(live, workers=2),
            "live-node": lambda: setting.drain_node(live[: form.node_events], "event"),
            "processor-rich": lambda: setting.drain(rich),
            "copy-rich": lambda: _copy(bare_rich, len(rich)),
        }
        found = bench.alternate(variants, setting.pids)
        sizes = _weigh(setting, plain, rich)
    eps = {name: column(rounds, "eps") for name, rounds in found.items()}

    def against(name: str, other: str) -> Figure:
        ours, theirs = Figure(eps[name]).value, Figure(eps[other]).value
        return Figure(
            ratios(eps[name], eps[other]),
            f"{ours:,.0f}/s against {theirs:,.0f}/s;{_describe_cpu(found[name])} {describe_cores(found[name])}",
        )

    return {
        "processor/live": against("live", "live-node"),
        "processor/live-2": against("live-2", "live-node"),
        "processor/node": against("processor", "node-event"),
        "processor/node-read": against("processor", "node-read"),
        "processor/copy": against("processor", "copy"),
        "processor/rich": against("processor-rich", "copy-rich"),
        **sizes,
    }


def _describe_cpu(rounds: Sequence[Measurement]) -> str:
    """What an event took of the processor and PostgreSQL, which says more than a rate on a machine that is busy."""
    return f" {Figure(column(list(rounds), 'cpu')).value:.0f} µs of CPU an event;" if "cpu" in rounds[0] else ""


def _copy(bare: store.Bare, events: int) -> Measurement:
    bare.empty()
    began = time.perf_counter()
    bare.copy()
    seconds = time.perf_counter() - began
    return {"eps": events / seconds, "seconds": seconds}


def _weigh(setting: Setting, plain: Sequence[str], rich: Sequence[str]) -> dict[str, Figure]:
    """Bytes an event, stored and queued, of the same events."""
    setting.drain(rich)
    stored_rich = store.weigh(setting.ours_url)
    setting.drain(plain)
    stored = store.weigh(setting.ours_url)
    _store_as_node(setting.node_url, plain)
    stored_node = store.weigh(setting.node_url)
    with closing(Redis.from_url(setting.valkey.url)) as redis, closing(Redis.from_url(setting.node_valkey.url)) as node:
        queues.fill(setting.valkey.url, plain)
        queued = queues.weigh(redis, [keys.stream for keys in queues.list_shards()])
        queues.fill_node(node, plain)
        queued_node = queues.weigh(node, [queues.NODE_STREAM])
    weights = {
        "postgres": stored / len(plain), "postgres-node": stored_node / len(plain),
        "postgres-rich": stored_rich / len(rich), "redis": queued / len(plain), "redis-node": queued_node / len(plain),
    }  # fmt: skip
    return {f"bytes/{name}": Figure([weight]) for name, weight in weights.items()}


def _store_as_node(url: str, events: Sequence[str]) -> None:
    """What Node's processor would have stored of these events, by set-based statements: it would take a minute."""
    store.empty(url)
    rows = json.dumps([json.loads(event) for event in events])
    with closing(store.connect(url)) as connection:
        connection.run(
            "insert into events (site_id, event_type, path, user_id, timestamp)"
            " select site_id, event_type, path, user_id, timestamp at time zone 'UTC'"
            " from json_to_recordset(cast(:rows as json))"
            ' as event (site_id text, event_type text, path text, user_id text, "timestamp" timestamptz)',
            rows=rows,
        )
        connection.run("insert into daily_users select distinct site_id, timestamp::date, user_id from events")
        connection.run(
            "insert into daily_stats select site_id, timestamp::date, count(*), count(distinct user_id)"
            " from events group by 1, 2"
        )
