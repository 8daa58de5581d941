"""Formats addresses for URLs and command lines, and checks whether a port is free."""

import errno
import itertools
import os
import random
import socket
import time
from collections.abc import Mapping

_LISTENING_PORTS = range(20_000, 32_000)
_SHARES = 48
_share = _LISTENING_PORTS[os.getpid() % _SHARES :: _SHARES]
_candidates = itertools.cycle(random.sample(_share, len(_share)))
LOOPBACK = "127.0.0.1"
"""Where everything listens that only this machine may reach."""
EXPOSED = ("INGEST_PORT", "STATS_PORT")
"""The ports that LISTEN_HOST is about."""
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


def bracketed(host: str) -> str:
    """The host as written before a `:port`; IPv6 addresses get brackets."""
    return f"[{host}]" if ":" in host else host


def reachable(listen_host: str) -> str:
    """The host in a URL by which this machine reaches a server that listens on `listen_host`."""
    return bracketed(_ANY.get(listen_host, listen_host))


def listening_on(setting: str, listen_host: str) -> str:
    """The address to listen on for the port of a setting."""
    return listen_host if setting in EXPOSED else LOOPBACK


def free_port(host: str = LOOPBACK) -> int:
    """A port that nothing listens on, below the range that systems use for outgoing connections.

    The caller listens on it only later. So a process gets the same port again only after all others of its share,
    and processes that start one after the other have different shares.
    """
    while True:
        port = next(_candidates)
        try:
            _listen(host, port).close()
        except OSError as error:
            if not _is_taken(error):
                raise
        else:
            return port


def refused_ports(listen_host: str, ports: Mapping[str, int]) -> list[str]:
    """One line for each setting (name → port) whose port can't be used, with what to change.

    All ports are held at the same time, so two settings with the same port are found too.
    """
    try:
        free_port(listen_host)
    except OSError as error:
        return [f"Can't listen on {listen_host} ({error.strerror}): set LISTEN_HOST to an address of this machine."]
    listeners: list[socket.socket] = []
    lines: list[str] = []
    for setting, port in ports.items():
        host = listening_on(setting, listen_host)
        try:
            listeners.append(_listen(host, port))
        except (OSError, OverflowError) as error:
            why = "is taken" if _is_taken(error) else f"can't be used ({error})"
            lines.append(f"Port {port} on {host} {why}: set {setting} to another one in .env or the environment.")
    for listener in listeners:
        listener.close()
    return lines


def refused_for_good(listen_host: str, ports: Mapping[str, int], seconds: float = 1) -> list[str]:
    """What `refused_ports` still says after `seconds`: a process that was just killed may hold its port a moment."""
    deadline = time.monotonic() + seconds
    while (lines := refused_ports(listen_host, ports)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return lines


def _is_taken(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno == errno.EADDRINUSE


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
        listener.bind((host, port))
        listener.listen()  # two sockets may bind the same port as long as neither listens
    except BaseException:
        listener.close()
        raise
    return listener
