import gzip
import hashlib
import re
import sys
from collections.abc import Mapping
from unittest import mock

import pytest
from starlette.testclient import TestClient

from common.http.app import build_app
from functions.stats.page.files import FOLDER, read_files
from functions.stats.page.modules import join_modules
from functions.stats.page.routes import build_page_routes
from infra.cloud.needed_files import find_files

MOST_BYTES = 45_000
VENDORED = {"vendor/htm-preact.js": "72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7"}
"""SHA-256 of what is not ours, as its package has it: htm 3.1.1, preact/standalone.module.js."""
FILES = read_files()
MODULES = {
    path.relative_to(FOLDER).as_posix(): path.read_text()
    for path in FOLDER.rglob("*.js")
    if path.parent.name != "vendor"
}


@pytest.fixture
def client() -> TestClient:
    return TestClient(build_app(build_page_routes(mock.Mock())))


def test_all_files_together_are_small(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {file.name: len(gzip.compress(file.content, 9)) for file in [FILES.page, *FILES.assets.values()]}
    with capsys.disabled():
        sys.stdout.write(f"\nthe page: {len(sizes)} files, gzipped {sum(sizes.values()):,} of {MOST_BYTES:,} bytes\n")
    assert sum(sizes.values()) <= MOST_BYTES


@pytest.mark.parametrize("name", VENDORED)
def test_what_is_not_ours_is_as_its_package_has_it(name: str) -> None:
    assert hashlib.sha256(FILES.assets[name].content).hexdigest() == VENDORED[name]
    assert [path.name for path in sorted((FOLDER / "vendor").glob("LICENSE*"))] == [
        "LICENSE.htm.txt",
        "LICENSE.preact.txt",
    ]


def test_the_page_is_asked_for_each_time_and_comes_once(client: TestClient) -> None:
    first = client.get("/")
    again = client.get("/", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")


def test_every_file_that_the_page_names_is_there_and_kept_for_ever(client: TestClient) -> None:
    names = re.findall(r'"(/assets/[^"]+)"', client.get("/").text)
    assert len(names) >= 2
    for name in names:
        answer = client.get(name)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_every_module_imports_modules_that_are_there() -> None:
    for name, text in MODULES.items():
        for imported in re.findall(r'(?:from|import\() ?"(\.[^"]+)"', text):
            assert ((FOLDER / name).parent / imported).is_file()


def test_every_module_of_ours_is_part_of_the_page() -> None:
    joined = FILES.assets["main.js"].content.decode()

    assert joined.count("})();") >= len(MODULES) - 1
    assert not re.search(r"^export ", joined, re.MULTILINE)


def test_a_module_that_imports_itself_is_told() -> None:
    modules = {"a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./a.js";\n'}
    with pytest.raises(ValueError, match="imports itself"):
        join_modules(modules, "a.js")


def test_the_clouds_bundle_of_stats_has_every_file_of_the_page() -> None:
    root = FOLDER.parents[3]
    bundled = find_files(root, root / "functions" / "stats" / "main.py")

    assert {path for path in FOLDER.rglob("*.*") if path.is_file()} <= bundled


def test_a_change_of_any_file_changes_every_address(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("files")
    (folder / "index.html").write_text("{version}")
    (folder / "main.js").write_text("1")
    before = read_files(folder)
    (folder / "main.js").write_text("2")
    after = read_files(folder)

    assert before.version != after.version
    assert before.page.tag != after.page.tag


def test_a_client_that_takes_gzip_gets_it(client: TestClient) -> None:
    packed = client.get("/", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/", headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert packed.headers["vary"] == plain.headers["vary"]


def read_policy(headers: Mapping[str, str]) -> dict[str, str]:
    directives = [directive.strip().partition(" ") for directive in headers["content-security-policy"].split(";")]
    return {name: value for name, _, value in directives}


@pytest.mark.parametrize("path", ["/", f"/assets/{FILES.version}/main.js"])
def test_a_file_may_load_and_call_its_own_service_alone(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = read_policy(headers)

    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("name", MODULES)
def test_no_module_makes_markup_of_a_text(name: str) -> None:
    text = MODULES[name]

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text)
    assert len(text.splitlines()) < 200


@pytest.mark.parametrize("name", ["main.js", "world.js", "style.css"])
def test_no_file_names_another_host(name: str) -> None:
    hosts = re.findall(r"https?://([\w.-]+)", FILES.assets[name].content.decode())

    assert set(hosts) <= {"www.example.com", "www.w3.org"}
