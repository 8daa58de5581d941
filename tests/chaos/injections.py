"""Each fault as a block of code: it is there while the block runs. What was killed is started again at its end."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pg8000.native
from redis import RedisError

from common.postgres.database import parse_url
from common.redis.keys import GROUP, ShardKeys
from infra.poller.turn import LONGEST_SECONDS
from infra.queue.lead import name_poller
from tests.chaos.power_cut import newest_file
from tests.chaos.proxy import Mode
from tests.chaos.system import POSTGRES_CONNECTIONS, System

LOADING_SECONDS = 0.8
ZOMBIE_WITHIN_SECONDS = 10
STOPPED_SECONDS, RUNNING_SECONDS = 0.3, 0.03


@contextmanager
def kill(system: System, *names: str) -> Iterator[None]:
    """SIGKILL; nothing is started again before all are dead."""
    victims = [system.process(name) for name in names]
    for victim in victims:
        victim.kill()
    yield
    for victim in victims:
        victim.start()


@contextmanager
def freeze(system: System, name: str) -> Iterator[None]:
    """SIGSTOP, then SIGCONT."""
    victim = system.process(name)
    if name == "poller-a":
        freeze_with_work(system)
    else:
        victim.freeze()
    yield
    victim.thaw()


@contextmanager
def starve(system: System, name: str) -> Iterator[None]:
    """It gets a small share of the CPU: whatever it is asked takes long, and is answered."""
    victim, is_over = system.process(name), threading.Event()

    def stutter() -> None:
        while not is_over.is_set():
            victim.freeze()
            is_over.wait(STOPPED_SECONDS)
            victim.thaw()
            is_over.wait(RUNNING_SECONDS)

    thread = threading.Thread(target=stutter)
    thread.start()
    yield
    is_over.set()
    thread.join()


def freeze_with_work(system: System) -> None:
    """Stop the first poller while it has entries, so that it settles them late."""
    poller = system.process("poller-a")
    deadline = time.monotonic() + ZOMBIE_WITHIN_SECONDS
    poller.freeze()
    with suppress(RedisError):  # Valkey may be away, too
        while not pending_of_first_poller(system):
            if time.monotonic() > deadline:
                return
            lead_with_first_poller(system)  # its lead may have ended while it was stopped
            poller.thaw()
            time.sleep(0.03)
            poller.freeze()
        system.zombies += 1


def lead_with_first_poller(system: System) -> None:
    """Let it lead in each shard: the other one gives it few chances."""
    for shard in range(system.settings.stream_shards):
        lead = ShardKeys.of(system.settings.stream_name, shard).lead
        system.redis.set(lead, name_poller(system.settings), px=round(LONGEST_SECONDS * 1000))


def pending_of_first_poller(system: System) -> int:
    """How many entries it was given and has not settled."""
    count = 0
    for shard in range(system.settings.stream_shards):
        stream = ShardKeys.of(system.settings.stream_name, shard).stream
        consumers: Any = system.redis.xinfo_consumers(stream, GROUP)
        port = f"-{system.settings.poller_port}-".encode()
        count += sum(consumer["pending"] for consumer in consumers if port in consumer["name"])
    return count


@contextmanager
def network(system: System, pair: str, mode: Mode) -> Iterator[None]:
    """What goes between two parts is cut, slowed, or cut half-way through an answer."""
    system.set_network(pair, mode)
    yield
    system.set_network(pair, Mode.THROUGH)


def connect(system: System, database: str = "analytics", server: str = "postgres") -> pg8000.native.Connection:
    """A connection past the proxy, of the role that owns the server."""
    url = system.postgres_servers[server].url
    return pg8000.native.Connection(**{**parse_url(url), "database": database}, timeout=10)


@contextmanager
def administering(system: System, server: str = "postgres") -> Iterator[pg8000.native.Connection]:
    """A connection to another database of the server."""
    connection = connect(system, "postgres", server)
    try:
        yield connection
    finally:
        connection.close()


def end_sessions(connection: pg8000.native.Connection) -> None:
    """End what is connected to the system's database; each session is gone then, and its transaction over."""
    connection.run("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'analytics'")


@contextmanager
def postgres_down(system: System) -> Iterator[None]:
    """Shut down, as for an upgrade."""
    system.postgres["postgres"].stop(system.postgres_servers["postgres"].stop_signal)
    yield
    system.postgres["postgres"].start()


@contextmanager
def postgres_refuses(system: System) -> Iterator[None]:
    """The server is there and lets nobody in."""
    with administering(system) as connection:
        connection.run("alter database analytics allow_connections false")
        end_sessions(connection)
        yield
        connection.run("alter database analytics allow_connections true")


@contextmanager
def postgres_is_full(system: System) -> Iterator[None]:
    """Somebody else has every connection."""
    taken: list[pg8000.native.Connection] = []
    with administering(system) as connection:
        for _ in range(POSTGRES_CONNECTIONS):
            end_sessions(connection)
            with suppress(pg8000.native.DatabaseError):
                taken.append(connect(system, "postgres"))
        yield
    for one in taken:
        one.close()


@contextmanager
def postgres_is_read_only(system: System) -> Iterator[None]:
    """Every transaction is read-only, as on a standby that was just promoted the wrong way round."""
    with administering(system) as connection:
        set_read_only(connection, "on")
        yield
        set_read_only(connection, "off")


def set_read_only(connection: pg8000.native.Connection, word: str) -> None:
    """For every session, those that there are included."""
    connection.run(f"alter system set default_transaction_read_only = {word}")
    connection.run("select pg_reload_conf()")


@contextmanager
def row_is_locked(system: System) -> Iterator[None]:
    """Somebody else holds a row of an aggregate."""
    connection = connect(system)
    connection.run("begin")
    connection.run("select 1 from daily_stats order by total_views desc limit 1 for update")
    yield
    connection.run("rollback")
    connection.close()


@contextmanager
def memory_is_full(system: System) -> Iterator[None]:
    """Valkey is at maxmemory, and its policy is noeviction."""
    system.redis.config_set("maxmemory", 1)
    yield
    system.redis.config_set("maxmemory", 0)


@contextmanager
def loading(system: System) -> Iterator[None]:
    """Valkey is killed and started again, and takes its time to load its file."""
    system.valkey.kill()
    commands = newest_file(system.valkey_server.folder).read_bytes().count(b"\r\n*") + 1
    delay = int(LOADING_SECONDS * 1_000_000 / commands)
    system.valkey.start("--key-load-delay", str(delay), "--loading-process-events-interval-bytes", "1024")
    yield


@contextmanager
def torn_write(system: System) -> Iterator[None]:
    """Valkey dies in the middle of appending a command."""
    system.valkey.kill()
    command = b"*5\r\n$4\r\nXADD\r\n$10\r\n{events:0}\r\n$1\r\n*\r\n$1\r\nv\r\n$1\r\n1\r\n"
    with newest_file(system.valkey_server.folder).open("ab") as file:
        file.write(command[: len(command) // 2])
    yield
    system.valkey.start()


@contextmanager
def power_cut(system: System) -> Iterator[None]:
    """Valkey's machine loses power: what was not synced is gone."""
    system.valkey.kill()
    system.page_cache.lose()
    yield
    system.valkey.start()
