"""Stands in for a function under its host: a master that opens the port, and a worker that answers."""

import http.server
import os
import signal
import sys


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


def main(port: int, behaviour: str) -> None:
    if behaviour == "dies":
        sys.exit(3)
    if behaviour == "hangs":
        signal.pause()
    if behaviour == "ignores SIGTERM":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    server = http.server.HTTPServer(("127.0.0.1", port), Answer)
    if os.fork() == 0:
        server.serve_forever()
    sys.stdout.write(f"master {os.getpid()}\n")
    sys.stdout.flush()
    if behaviour != "ignores SIGTERM":
        signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
    while True:
        signal.pause()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "")
