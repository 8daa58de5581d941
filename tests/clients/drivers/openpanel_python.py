"""The PyPI package openpanel, told line by line: `send N` makes N rounds of every call, `end` ends it."""

import os

from lines import follow
from openpanel import OpenPanel

client = OpenPanel(os.environ["CLIENT"], client_secret="sec_1", api_url=os.environ["INGEST_URL"])
client.set_global_properties({"colour": "red"})


def send(rounds: int) -> None:
    for _ in range(rounds):
        client.identify("ann", {"firstName": "Ann"})
        client.track("screen_view", {"__path": "https://blog.example/page"})
        client.track("signup", {"plan": "pro"})
        client.increment("ann", "visits", 1)
        client.decrement("ann", "visits", 1)
        client.alias("ann", "anna")


def end() -> None:
    client.__exit__(None, None, None)


follow({"send": send, "end": end})
