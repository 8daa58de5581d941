"""A client made by the very line of docs/moving: `send` sends a page view of ann's. PACKAGE: its module; LINE."""

import importlib
import os
from typing import Any

from lines import follow

URL = "https://blog.example/page"
module = importlib.import_module(os.environ["PACKAGE"])
client: Any = eval(os.environ["LINE"], vars(module))


def send() -> None:
    match os.environ["PACKAGE"]:
        case "matomopy":
            client.set_url(URL)
            client.track_page_view("A page")
        case "openpanel":
            client.identify("ann")
            client.track("screen_view", {"__path": URL})
        case "posthog":
            client.capture("$pageview", distinct_id="ann", properties={"$current_url": URL})
            client.shutdown()
        case "snowplow_tracker":
            client.track(module.PageView(page_url=URL, event_subject=module.Subject().set_user_id("ann")))
            client.flush()


follow({"send": send})
