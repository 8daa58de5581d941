"""Every fault: what it is called, how long it lasts, and which others it goes with."""

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from tests.chaos.injections import (
    LOADING_SECONDS,
    freeze,
    kill,
    loading,
    memory_is_full,
    network,
    postgres_down,
    postgres_is_full,
    postgres_is_read_only,
    postgres_refuses,
    power_cut,
    row_is_locked,
    starve,
    torn_write,
)
from tests.chaos.moving import moving
from tests.chaos.power_cut import compiler
from tests.chaos.proxy import Mode
from tests.chaos.system import LONGEST_TIMEOUT_SECONDS, SECOND, System

SHORT_SECONDS = 0.8
PAST_TIMEOUTS_SECONDS = LONGEST_TIMEOUT_SECONDS + 0.4

EVERYTHING = ("ingest", "poller-a", "poller-b", "process", "valkey", "postgres")
PAIRS = ("client-ingest", "ingest-redis", "poller-redis", "poller-processor", "processor-postgres")

MOVERS_KILLED = 2
MOVES = (
    ("slots moved, SIGKILL mover", "SIGKILL process"),
    ("slots moved", "SIGKILL postgres"),
    ("slots moved", f"SIGKILL {SECOND}"),
)
"""Who dies while slots are moved between two groups. The move is first: it ends when what died is back."""


@dataclass(frozen=True)
class Fault:
    """`seconds`: how long it lasts. `touches`: what no other fault may touch meanwhile; empty: anything."""

    name: str
    touches: frozenset[str]
    seconds: float
    enter: Callable[[System], AbstractContextManager[None]]

    def goes_with(self, other: "Fault") -> bool:
        """Whether both can be there together."""
        return bool(self.touches and other.touches) and not self.touches & other.touches


def all_faults() -> list[Fault]:
    """Those that need nothing but a running system under load."""
    past, short = PAST_TIMEOUTS_SECONDS, SHORT_SECONDS
    victims = [name for name in EVERYTHING if name != "poller-b"]
    faults = [_fault(f"SIGKILL {name}", name, short, kill, name) for name in victims]
    faults += [
        _fault("SIGKILL both pollers", "poller-a", short, kill, "poller-a", "poller-b"),
        _fault("SIGKILL all at once", "", short, kill, *EVERYTHING),
    ]
    faults += [_fault(f"SIGSTOP {name}", name, past, freeze, name) for name in victims]
    faults += [_fault("process starved of CPU", "process", 2 * past, starve, "process")]
    faults += [
        _fault(f"network {pair} {mode.name.lower()}", pair, short, network, pair, mode)
        for pair in PAIRS
        for mode in (Mode.CUT, Mode.SLOW, Mode.HALF)
    ]
    faults += [
        _fault("PostgreSQL down", "postgres", short, postgres_down),
        _fault("PostgreSQL refuses connections", "postgres", 2 * short, postgres_refuses),
        _fault("PostgreSQL out of connections", "postgres", 2 * short, postgres_is_full),
        _fault("PostgreSQL read-only", "postgres", 2 * short, postgres_is_read_only),
        _fault("row of an aggregate locked", "postgres", 2 * short, row_is_locked),
        _fault("Valkey at maxmemory", "valkey", short, memory_is_full),
        _fault("Valkey loading its file", "valkey", LOADING_SECONDS, loading),
        _fault("torn write", "valkey", short / 2, torn_write),
    ]
    return [*faults, _fault("power cut", "valkey", short / 2, power_cut)] if compiler() else faults


def group_faults() -> list[Fault]:
    """Those that need a second group."""
    return [
        _fault("slots moved", "mover", SHORT_SECONDS, moving),
        _fault("slots moved, SIGKILL mover", "mover", SHORT_SECONDS, moving, MOVERS_KILLED),
        _fault(f"SIGKILL {SECOND}", SECOND, SHORT_SECONDS, kill, SECOND),
    ]


def named(*names: str) -> list[Fault]:
    """Some of all."""
    faults = {fault.name: fault for fault in (*all_faults(), *group_faults())}
    return [faults[name] for name in names]


def _fault(name: str, touches: str, seconds: float, enter: Callable[..., Any], *arguments: Any) -> Fault:
    return Fault(name, frozenset(touches.split()), seconds, lambda system: enter(system, *arguments))


def draw_groups(faults: Sequence[Fault], draw: random.Random, least: int, most: int) -> list[list[Fault]]:
    """All of these, each once, in a random order, `least` to `most` together where so many go together."""
    left = draw.sample(faults, len(faults))
    groups = []
    while left:
        group, size = [left.pop(0)], draw.randint(least, most)
        for fault in list(left):
            if len(group) < size and all(fault.goes_with(other) for other in group):
                group.append(fault)
                left.remove(fault)
        groups.append(group)
    return groups
