"""A real access log through the whole system, against counts that share no code with the project.

The rule that they count by (docs/importing.md): GET, 2xx or 304; the path is the target up to `?` or `#`; the name
after its last `/`, up to a `;`, neither begins with a dot nor ends in a dot and the extension of a file.
A visitor is an address and a user agent. Paths of equal views go by their bytes.
"""

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode
from urllib.request import urlopen
from uuid import uuid4

import pytest

from common.settings import Settings
from infra.importer.run import ImportOptions, run

pytestmark = [pytest.mark.e2e, pytest.mark.long]

LOG = Path(__file__).parent.parent / "data" / "access-2015-05-17.log"
DAYS = {"2015-05-17": "17/May/2015", "2015-05-18": "18/May/2015"}
FILES = (
    "3gp 7z aab aac apk apng appcache asc ashx asmx atom avi avif axd azw3 bak bin bmp bz2 cab cer cfg cjs class "
    "conf cpp crt css csv cur dat deb diff djvu dmg doc docx env eot eps epub exe flac flv gem geojson gif glb "
    "gltf gpx gz gzip heic heif hpp htc ibooks ico ics img ini ipa iso jar java jfif jpe jpeg jpg js json jsonld "
    "jsx jxl kml kmz less log lua m3u m3u8 m4a m4s m4v manifest map md5 mid midi mjs mkv mobi mov mp2 mp3 mp4 mpd "
    "mpeg mpg msi msix mvt odb odg odp ods odt oga ogg ogv opus orig otf p7s patch pbf pcap pdf pem pfb pjpeg pkg "
    "png pps ppsx ppt pptx ps psd py pyc rar rdf rpm rss rtf scss sha1 sha256 sig sql sqlite srt svg svgz swf swp "
    "tar tbz tex tgz tif tiff toml topojson torrent ts tsv ttc ttf txt txz vcf vtt war wasm wav weba webm "
    "webmanifest webp whl wma wmv woff woff2 xls xlsm xlsx xml xsd xsl xslt xz yaml yml zip zst"
)
TOP = 100

COUNT_BY_AWK = r"""
BEGIN { FS = "\""; split(files, list, " "); for (i in list) file["." list[i]] = 1 }
index($1, "[" day ":") && $2 ~ /^GET / && $3 ~ /^ (2[0-9][0-9]|304) / {
    path = $2; sub(/^GET /, "", path); sub(/ HTTP\/[0-9.]+$/, "", path); sub(/[?#].*/, "", path)
    name = path; sub(/.*\//, "", name); sub(/;.*/, "", name)
    if (name ~ /^\./ || match(name, /\.[0-9A-Za-z]+$/) && tolower(substr(name, RSTART)) in file) next
    split($1, field, " "); views++; visitor[field[1] "\"" $6] = 1; paths[path]++
}
END {
    for (v in visitor) users++
    print "total", views, users
    for (p in paths) print "path", paths[p], p
}
"""


class System(Protocol):
    stats_url: str
    settings: Settings

    def wait_until_drained(self) -> None: ...


Figures = dict[str, Any]


def count_by_awk(day: str) -> Figures:
    awk = ["awk", "-v", f"day={DAYS[day]}", "-v", f"files={FILES}", COUNT_BY_AWK, str(LOG)]
    environment = {**os.environ, "LC_ALL": "C"}
    counted = subprocess.run(awk, env=environment, capture_output=True, check=True).stdout
    by_views_then_path = ["sort", "-k1,1r", "-k2,2nr", "-k3"]
    ordered = subprocess.run(by_views_then_path, input=counted, env=environment, capture_output=True, check=True).stdout
    (_, views, users), *paths = (line.split(" ", 2) for line in ordered.decode().splitlines())
    top = [{"path": path, "views": int(count)} for _, count, path in paths[:TOP]]
    return {"total_views": int(views), "unique_users": int(users), "top_paths": top}


def count_humans_by_python(day: str) -> Figures:
    [package] = find_spec("crawleruseragents").submodule_search_locations
    patterns = json.loads((Path(package) / "crawler-user-agents.json").read_text())
    by_its_own_words = r"https?://|\w@\w|[Bb]ot\b|Feed Fetcher"  # of the log's programs, those in no list
    crawler = re.compile("|".join(pattern["pattern"] for pattern in patterns) + f"|{by_its_own_words}")
    asset = re.compile(rf"/\.[^/]*$|\.({FILES.replace(' ', '|')})(;[^/]*)?$", re.IGNORECASE)
    views, visitors = Counter(), set()
    for line in LOG.read_text().splitlines():
        before, request, status, _, _, agent, _ = line.split('"')
        method, target, _ = request.split()
        path = re.split("[?#]", target)[0]
        shown = status.split()[0].startswith("2") or status.split()[0] == "304"
        if DAYS[day] in before and method == "GET" and shown and not asset.search(path) and not crawler.search(agent):
            views[path] += 1
            visitors.add((before.split()[0], agent))
    top = [{"path": path, "views": count} for path, count in sorted(views.items(), key=lambda v: (-v[1], v[0]))[:TOP]]
    return {"total_views": views.total(), "unique_users": len(visitors), "top_paths": top}


def import_log(system: System, site: str, content: bytes, keep_bots: bool) -> None:
    report = run(BytesIO(content), ImportOptions(site, keep_bots=keep_bots), system.settings)
    assert report.exit_code == 0, report.as_text()
    system.wait_until_drained()


def read_figures(system: System, site: str) -> dict[str, Figures]:
    figures = {}
    for day in DAYS:
        query = urlencode({"site_id": site, "date": day, "limit": TOP})
        with urlopen(f"{system.stats_url}/stats?{query}", timeout=60) as response:
            figures[day] = json.load(response)
        assert (figures[day].pop("site_id"), figures[day].pop("date")) == (site, day)
    return figures


@pytest.fixture
def site() -> str:
    return f"real-log-{uuid4()}"


@pytest.mark.skipif(not shutil.which("awk"), reason="no awk on this machine")
def test_with_bots_kept_the_figures_are_those_of_awk(system: System, site: str) -> None:
    import_log(system, site, LOG.read_bytes(), keep_bots=True)
    assert read_figures(system, site) == {day: count_by_awk(day) for day in DAYS}


def test_with_bots_skipped_the_figures_are_those_of_ten_lines_of_python(system: System, site: str) -> None:
    import_log(system, site, LOG.read_bytes(), keep_bots=False)
    assert read_figures(system, site) == {day: count_humans_by_python(day) for day in DAYS}


def test_importing_again_changes_no_figure(system: System, site: str) -> None:
    import_log(system, site, LOG.read_bytes(), keep_bots=True)
    figures = read_figures(system, site)
    import_log(system, site, LOG.read_bytes(), keep_bots=True)
    assert read_figures(system, site) == figures
    assert figures["2015-05-17"]["total_views"] > 0


def test_an_import_that_was_cut_half_way_is_finished_by_the_next(system: System, site: str) -> None:
    content = LOG.read_bytes()
    import_log(system, site, content[: len(content) // 2], keep_bots=False)
    cut = read_figures(system, site)
    import_log(system, site, content, keep_bots=False)
    finished = read_figures(system, site)
    assert finished == {day: count_humans_by_python(day) for day in DAYS}
    assert cut != finished


def test_a_line_that_occurs_twice_counts_twice(system: System, site: str) -> None:
    lines = LOG.read_bytes().splitlines(keepends=True)
    repeated = [line for line in set(lines) if lines.count(line) > 1]
    assert sum(lines.count(line) - 1 for line in repeated) == 15
    report = run(
        BytesIO(b"".join(line for line in lines if line in repeated)),
        ImportOptions(site, keep_bots=True, all_requests=True),
        system.settings,
    )
    system.wait_until_drained()
    stored = sum(figures["total_views"] for figures in read_figures(system, site).values())
    assert (report.accepted, stored) == (28, 28)
