import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from ingest_stand_in import FakeTime, Import, Ingest

from common.settings import Settings
from infra.importer.report import ImportReport
from infra.importer.run import ImportOptions, run


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    with Ingest() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
        assert server.breaches == []


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def settings(ingest: Ingest, tmp_path: Path) -> Settings:
    return Settings(ingest_url=ingest.url, data_dir=tmp_path / "data")


@pytest.fixture
def import_log(settings: Settings, fake_time: FakeTime) -> Import:
    """Imports a path, an open stream, or bytes as if piped."""

    def import_source(source: Path | BinaryIO | bytes | list[Path], **options: Any) -> ImportReport:
        stream = BytesIO(source) if isinstance(source, bytes) else source
        chosen = ImportOptions(**{"site_id": "site", **options})
        return run(stream, chosen, settings, clock=fake_time.clock, pause=fake_time.pause)

    return import_source
