"""One run of the whole system, from locking the data folder to the end of the last process."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil

from common.settings import Settings
from infra.local import run_record, stack
from infra.local.address import refused_for_good
from infra.local.console import Console
from infra.local.credentials import Endpoints, find_endpoints
from infra.local.errors import StartFailed
from infra.local.process import end, family
from infra.local.supervisor import Stages, StopSignals, Supervisor
from infra.local.welcome import welcome

BuildStages = Callable[[Settings, Endpoints], Stages]


def run(settings: Settings, build_stages: BuildStages = stack.stages) -> int:
    """Start everything, keep it running until a signal, then stop it. Returns 0, or 1 if it can't be started."""
    stop = StopSignals()
    console = Console()
    try:
        _make(settings.data_dir)
        with run_record.locked(settings.data_dir):
            _hold(settings, build_stages, console, stop)
    except StartFailed as error:
        console.say(str(error))
        return 1
    except PermissionError as error:
        console.say(f"Can't use the data folder ({error}): set DATA_DIR to another one, or change its permissions.")
        return 1
    except run_record.AlreadyRunning as other:
        console.say(
            f"Already running on {settings.data_dir} (process {other.pid}): stop that one,"
            " or set DATA_DIR and the ports for a second one."
        )
        return 1
    return 0


def _make(data_dir: Path) -> None:
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        (data_dir / "up.lock").touch()
    except OSError as error:
        raise StartFailed(f"Can't write to the data folder ({error}): set DATA_DIR to another one.") from error


def _hold(settings: Settings, build_stages: BuildStages, console: Console, stop: StopSignals) -> None:
    endpoints = find_endpoints(settings)
    _end_leftovers(settings, endpoints, console)
    if lines := refused_for_good(settings.listen_host, stack.ports(settings, endpoints)):
        raise StartFailed("\n".join(lines))
    supervisor = Supervisor(
        build_stages(settings, endpoints), console, stop, partial(run_record.write, settings.data_dir)
    )
    try:
        supervisor.start()
        if not supervisor.is_asked_to_stop:
            console.show(welcome(settings, endpoints, console.is_private))
            for sentence in stack.find_unsafe(settings, endpoints):
                console.say(f"UNSAFE: {sentence}")
        supervisor.watch()
    except StartFailed as error:
        console.say(str(error))  # say it before the many lines about stopping
        raise StartFailed("The start failed; nothing is left running.") from error
    finally:
        supervisor.stop()


def _end_leftovers(settings: Settings, endpoints: Endpoints, console: Console) -> None:
    """End the processes that a killed supervisor left, before their ports and data are used again."""
    left = run_record.read(settings.data_dir)

    def is_postgres(process: psutil.Process) -> bool:
        return endpoints.postgres is not None and endpoints.postgres.owns(process)

    if alive := family(left, is_postgres):
        console.say(f"ending {len(alive)} processes that the last run left behind")
    end(left, is_postgres)
