"""Whatever file is imported: the import ends with a report, in bounded memory, and the good lines are sent."""

import gzip
import tracemalloc
from io import BytesIO

import pytest

from common.settings import Settings
from infra.importer.report import Outcome
from infra.importer.run import ImportOptions
from infra.importer.run import run as import_log
from tests.fuzz.conftest import Run, Services
from tests.fuzz.services import SECRETS, find_secrets

GOOD = b'192.0.2.7 - - [17/May/2015:10:00:00 +0200] "GET /good HTTP/1.1" 200 5 "-" "Mozilla/5.0 Firefox/26.0"\n'
BOMB_BYTES = 64 << 20
MOST_PEAK_BYTES = 16 << 20


@pytest.fixture
def settings(secret_settings: Settings, services: Services) -> Settings:
    url = services["ingest"].url.replace("//", f"//importer:{SECRETS['ingest']}@")
    return secret_settings.model_copy(update={"ingest_url": url})


@pytest.mark.long
def test_files_of_the_importer(run: Run, settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    options = ImportOptions("imported", keep_bots=True)
    for _ in run.repeat(0.1):
        inputs = run.inputs
        noise = inputs.random.randbytes(inputs.random.randrange(500)) if inputs.is_one_in(5) else inputs.log_lines()
        content = GOOD + noise + b"\n" + GOOD
        is_packed = inputs.is_one_in(3)
        report = import_log(BytesIO(inputs.packed(content) if is_packed else content), options, settings)
        run.outcomes[report.outcome.value] += 1
        assert report.outcome in (Outcome.DONE, Outcome.STOPPED), report
        assert report.unconfirmed == 0
        if not is_packed:
            assert report.outcome is Outcome.DONE, report.problem
            assert report.accepted >= 2
        assert find_secrets(report.as_text() + str(report.as_dict())) == []
    assert find_secrets("".join(capfd.readouterr())) == []


@pytest.mark.parametrize("line_end", [b"", b"\n"])
def test_a_gzip_bomb_is_read_in_little_memory(line_end: bytes, settings: Settings) -> None:
    chunk = b"x" * ((1 << 20) - len(line_end)) + line_end
    packed = BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
        file.write(GOOD)
        for _ in range(BOMB_BYTES >> 20):
            file.write(chunk)
        file.write(b"\n" + GOOD)
    packed.seek(0)
    tracemalloc.start()
    report = import_log(packed, ImportOptions("bomb"), settings)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (report.outcome, report.accepted) == (Outcome.DONE, 2)
    assert peak_bytes < MOST_PEAK_BYTES
