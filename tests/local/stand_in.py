"""Stands in for a function under its host: a master that opens the port, and a worker that answers."""

import os
import signal
import socket
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def answer_each(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(ANSWER)


def main(port: int, behaviour: str) -> None:
    if behaviour == "dies":
        sys.exit(3)
    if behaviour == "hangs":
        signal.pause()
    if behaviour == "ignores SIGTERM":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    listener = socket.create_server(("127.0.0.1", port))
    if os.fork() == 0:
        answer_each(listener)
    sys.stdout.write(f"master {os.getpid()}\n")
    sys.stdout.flush()
    if behaviour != "ignores SIGTERM":
        signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
    while True:
        signal.pause()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
