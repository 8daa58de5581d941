"""A real cluster of the embedded Valkey: primaries with a replica each, made with raw commands."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis

from common.redis.keys import ShardKeys
from infra.local.address import free_port
from infra.local.valkey import ValkeyServer

PRIMARIES = 3
NODE_TIMEOUT_MS = 5_000
"""A node that a busy machine holds up for less is not taken for dead."""
SLOTS = 16_384


def eventually(is_true: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "did not become true in time"
        time.sleep(0.02)


@dataclass
class Node:
    """One server of the cluster."""

    server: ValkeyServer
    process: subprocess.Popen[bytes] | None = None
    bus_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.redis = Redis.from_url(self.server.url, protocol=2, decode_responses=True, socket_timeout=5)
        self.server.prepare()
        with (self.server.folder / "valkey.conf").open("a") as config:
            config.write(
                f"cluster-enabled yes\ncluster-port {self.bus_port}\ncluster-node-timeout {NODE_TIMEOUT_MS}\n"
                f"cluster-replica-validity-factor 0\nrepl-diskless-sync-delay 0\nmasterauth {self.server.password}\n"
            )

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def id(self) -> str:
        return str(self.redis.execute_command("CLUSTER MYID"))

    @property
    def link(self) -> dict[str, str]:
        return dict(self.redis.info("replication"))

    def start(self) -> None:
        with self.server.folder.with_suffix(".log").open("ab") as log:
            self.process = subprocess.Popen(
                self.server.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        eventually(self.server.is_ready)

    def kill(self) -> None:
        """As a crash does: nothing is flushed, nobody is told."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def is_synced_replica(self) -> bool:
        return self.link["role"] == "slave" and self.link["master_link_status"] == "up"


class ValkeyCluster:
    """Three primaries with a replica each, and what happens to them."""

    def __init__(self, folder: Path) -> None:
        self.nodes = [
            Node(ValkeyServer(folder / f"node{number}", free_port(), "embedded")) for number in range(PRIMARIES * 2)
        ]

    def start(self) -> None:
        for node in self.nodes:
            node.start()
        first = self.nodes[0]
        for number, node in enumerate(self.nodes):
            node.redis.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
            first.redis.execute_command("CLUSTER MEET", "127.0.0.1", node.port, node.bus_port)
        share = SLOTS / PRIMARIES
        for number, node in enumerate(self.nodes[:PRIMARIES]):
            bounds = round(number * share), round((number + 1) * share) - 1
            node.redis.execute_command("CLUSTER ADDSLOTSRANGE", *bounds)
        for number, replica in enumerate(self.nodes[PRIMARIES:]):
            primary = self.nodes[number].id
            eventually(lambda replica=replica, primary=primary: primary in str(_known_nodes(replica)))
            replica.redis.execute_command("CLUSTER REPLICATE", primary)
        self.wait_until_whole()

    def stop(self) -> None:
        for node in self.nodes:
            node.redis.close()
            if node.process is not None:
                node.kill()

    def start_dead_nodes(self) -> None:
        for node in self.nodes:
            if node.process is None:
                node.start()

    def wait_until_whole(self) -> None:
        """Every node sees a working cluster, every replica has its primary's data, and its file is written."""
        eventually(lambda: all(_sees_whole(node, len(self.nodes)) for node in self.nodes))
        eventually(lambda: sum(node.is_synced_replica() for node in self.nodes) == len(self.nodes) - PRIMARIES)
        eventually(lambda: all(node.link["connected_slaves"] for node in self.primaries()))
        eventually(lambda: not any(map(_is_rewriting, self.nodes)))

    def primaries(self) -> list[Node]:
        return [node for node in self.nodes if node.process and node.link["role"] == "master"]

    def primary_of(self, keys: ShardKeys) -> Node:
        """The node that owns a shard's slot."""
        slot = self.slot_of(keys)
        for first, last, (_, port, *_), *_ in self.primaries()[0].redis.execute_command("CLUSTER SLOTS"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == port)
        raise AssertionError(slot)

    def replica_of(self, primary: Node) -> Node:
        return next(node for node in self.nodes if node.process and node.link.get("master_port") == primary.port)

    @contextmanager
    def no_failover_of(self, primary: Node) -> Iterator[None]:
        """Its replica does not take over, however long a busy machine needs to start the primary again."""
        replica = self.replica_of(primary)
        replica.redis.config_set("cluster-replica-no-failover", "yes")
        try:
            yield
        finally:
            replica.redis.config_set("cluster-replica-no-failover", "no")

    @contextmanager
    def announced_as(self, node: Node, port: int) -> Iterator[None]:
        """Clients that ask it are sent to another port, and after a while so is its replica."""
        node.redis.config_set("cluster-announce-port", port)
        try:
            yield
        finally:
            node.redis.config_set("cluster-announce-port", 0)
            eventually(lambda: not any(_knows_port(other, port) for other in self.nodes))

    @contextmanager
    def cut_off(self, replica: Node, seconds: float) -> Iterator[None]:
        """A replica that hears nothing of its primary for so long."""
        primary = next(node for node in self.primaries() if node.port == replica.link["master_port"])
        replica.redis.config_set("masterauth", "wrong")
        primary.redis.execute_command("CLIENT KILL TYPE replica")
        eventually(lambda: replica.link["master_link_status"] == "down")
        again = threading.Timer(seconds, replica.redis.config_set, ("masterauth", replica.server.password))
        again.start()
        try:
            yield
        finally:
            again.join()
            self.wait_until_whole()

    def slot_of(self, keys: ShardKeys) -> int:
        return int(self.primaries()[0].redis.execute_command("CLUSTER KEYSLOT", keys.stream))

    def move_slot(self, keys: ShardKeys, target: Node, pause: Callable[[], None]) -> None:
        """Move a shard's slot key by key, as redis-cli's reshard does; `pause` comes between the steps."""
        slot, source = self.slot_of(keys), self.primary_of(keys)
        source_id, target_id = source.id, target.id
        target.redis.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", source_id)
        source.redis.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", target_id)
        pause()
        while names := source.redis.execute_command("CLUSTER GETKEYSINSLOT", slot, 1):
            source.redis.execute_command(
                "MIGRATE", "127.0.0.1", target.port, "", 0, 5_000, "AUTH", target.server.password, "KEYS", *names
            )
            pause()
        for node in (target, source, *self.primaries()):
            node.redis.execute_command("CLUSTER SETSLOT", slot, "NODE", target_id)

    def move_slot_at_once(self, keys: ShardKeys, target: Node) -> None:
        """Move a shard's slot by Valkey 9's atomic migration."""
        slot, source = self.slot_of(keys), self.primary_of(keys)
        source.redis.execute_command("CLUSTER MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", target.id)
        eventually(lambda: self.primary_of(keys) is target)


def _known_nodes(node: Node) -> dict[str, dict[str, str]]:
    return dict(node.redis.execute_command("CLUSTER NODES"))


def _knows_port(node: Node, port: int) -> bool:
    return any(known.rpartition(":")[2] == str(port) for known in _known_nodes(node))


def _sees_whole(node: Node, size: int) -> bool:
    flags = [known["flags"] for known in _known_nodes(node).values()]
    is_healthy = not any("fail" in words or "handshake" in words for words in flags)
    if not is_healthy or len(flags) != size or node.redis.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
        return False
    ranges = node.redis.execute_command("CLUSTER SLOTS")
    return all(len(primary_and_replicas) == 2 for _, _, *primary_and_replicas in ranges)


def _is_rewriting(node: Node) -> bool:
    """Whether it writes its file anew, as after a full synchronisation: it refuses to begin again meanwhile."""
    told = node.redis.info("persistence")
    return bool(told["aof_rewrite_in_progress"] or told["aof_rewrite_scheduled"])
