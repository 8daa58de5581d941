"""`analytics up` with the real servers, and stand-ins for the functions, the poller and the steps of the database.

BEHAVIOUR_<PART> in the environment makes a stand-in misbehave.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

from common.settings import Settings
from infra.local import session, stack
from infra.local.credentials import Endpoints
from infra.local.part import Part
from infra.local.supervisor import Stages

STAND_IN = Path(__file__).with_name("stand_in.py")


def build(settings: Settings, endpoints: Endpoints) -> Stages:
    ports = {
        "ingest": settings.ingest_port,
        "process": settings.process_port,
        "stats": settings.stats_port,
        "poller": settings.poller_port,
    }

    def stand_in(part: Part) -> Part:
        if part.name in ("migrate", "keys", "backfill"):
            return replace(part, argv=["true"])
        if part.name == "sites":
            return replace(part, argv=["sleep", "1000"], stop_within_seconds=0.3)
        if part.name not in ports:
            return part
        behaviour = os.environ.get(f"BEHAVIOUR_{part.name.upper()}", "")
        argv = [sys.executable, "-S", str(STAND_IN), str(ports[part.name]), behaviour]
        ready_within_seconds = 0.5 if behaviour == "hangs" else 30
        return replace(part, argv=argv, ready_within_seconds=ready_within_seconds, stop_within_seconds=0.3)

    return [[stand_in(part) for part in stage] for stage in stack.stages(settings, endpoints)]


if __name__ == "__main__":
    sys.exit(session.run(Settings.load(), build))
