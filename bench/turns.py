"""What requests of several kinds cost one process in CPU, a few of each in turn.

All go to one process, and each time as many: what differs between two processes, and what else the machine does
meanwhile, falls on all alike. A process that has a core to itself answers so many requests a second as fit into one.
"""

import ctypes
import re
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from bench.load import CONNECTIONS
from bench.processes import Failed

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


def write_request(path: str, body: bytes, fields: Mapping[str, str]) -> bytes:
    """A POST as it is sent."""
    given = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {path} HTTP/1.1\r\nHost: bench\r\n{given}Content-Length: {len(body)}\r\n\r\n".encode() + body


def take_turns(
    connections: Sequence[socket.socket], clock: int, requests: Mapping[str, Sequence[bytes]], turns: int
) -> list[dict[str, float]]:
    """CPU seconds of a request of each kind, turn by turn; who is first changes, too. Raises Failed unless all get 2xx.

    `requests`: of each kind as many, a multiple of the connections: each turn sends the next ones.
    """
    found: list[dict[str, float]] = []
    many = len(connections)
    for turn in range(turns):
        used = dict.fromkeys(requests, 0.0)
        for kind in used if turn % 2 == 0 else reversed(used):
            first = turn * many % len(requests[kind])
            began = time.clock_gettime(clock)
            _exchange(connections, requests[kind][first : first + many])
            used[kind] = (time.clock_gettime(clock) - began) / many
        found.append(used)
    return found


def _exchange(connections: Sequence[socket.socket], requests: Sequence[bytes]) -> None:
    """A request on each connection, and its answer."""
    for connection, request in zip(connections, requests, strict=True):
        connection.sendall(request)
    for connection in connections:
        answer = b""
        while not _is_whole(answer):
            received = connection.recv(4_096)
            answer += received
            if not received:
                raise Failed("ingest closed a connection")
        if not answer.startswith(b"HTTP/1.1 2"):
            raise Failed(f"ingest answers {answer[:300]!r}")


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = _LENGTH.search(head + b"\r\n")
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


@contextmanager
def connect(port: int) -> Iterator[list[socket.socket]]:
    """As many connections as `take_turns` is to use."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60)) for _ in range(CONNECTIONS)
        ]


def find_clock(pid: int) -> int:
    """The id of the clock of a process's CPU time, all its threads together: /proc counts in hundredths of a second."""
    found = ctypes.c_int()
    if ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(found)):
        raise Failed(f"process {pid} has no clock")
    return found.value
