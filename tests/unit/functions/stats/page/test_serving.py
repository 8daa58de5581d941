import gzip
import hashlib
import re
import sys
from collections.abc import Mapping
from unittest import mock

import pytest
from starlette.testclient import TestClient

from common.http.app import build_app
from functions.stats.page.modules import join_modules
from functions.stats.page.routes import build_page_routes
from functions.stats.page.serving import FOLDER, read_files, read_page
from infra.cloud.needed_files import find_files

MOST_BYTES = 45_000
FIRST_LOOK = (
    *("index.html", "style.css", "main.js", "vendor/htm-preact.js", "world.js"),
    *("views/goals.js", "views/annotations.js"),
)
"""What a browser loads to show a site's figures, every panel seen. The map's shapes wait until the map is seen."""
VENDORED = {"vendor/htm-preact.js": "72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7"}
"""SHA-256 of what is not ours, as its package has it: htm 3.1.1, preact/standalone.module.js."""
FILES = read_page()
MODULES = {
    path.relative_to(FOLDER).as_posix(): path.read_text()
    for path in FOLDER.rglob("*.js")
    if path.parent.name != "vendor"
}


@pytest.fixture
def client() -> TestClient:
    return TestClient(build_app(build_page_routes(mock.Mock())))


def test_what_a_first_look_at_a_site_loads_is_small(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {file.name: len(gzip.compress(file.content, 9, mtime=0)) for file in [FILES.page, *FILES.assets.values()]}
    first = sum(sizes[name] for name in FIRST_LOOK)
    with capsys.disabled():
        sys.stdout.write(f"\nthe page, gzipped: a first look loads {first:,} of {MOST_BYTES:,} bytes")
        sys.stdout.write(f"; all {len(sizes)} files have {sum(sizes.values()):,}\n")
        for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
            sys.stdout.write(f"  {size:6,} {name}{'' if name in FIRST_LOOK else ' (when it is opened)'}\n")
    assert first <= MOST_BYTES


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


def test_every_module_of_ours_is_in_one_file_of_the_page_and_in_one_alone() -> None:
    joined = [file.content.decode() for name, file in FILES.assets.items() if name.endswith(".js")]
    starts = [text for file in joined for text in re.findall(r"^const (\$\d+) = \(\(\) => \{$", file, re.MULTILINE)]

    assert len(starts) == len(set(starts)) == len(MODULES)


def test_a_late_import_is_a_file_of_its_own_with_what_only_it_needs() -> None:
    modules = {
        "main.js": 'import { a } from "./a.js";\nconst load = () => import("./views/late.js");\n',
        "a.js": "export const a = 1;\n",
        "views/late.js": 'import { a } from "../a.js";\nimport { b } from "./b.js";\nexport const late = a + b;\n',
        "views/b.js": "export const b = 2;\n",
    }
    joined = join_modules(modules, "main.js")

    assert list(joined) == ["main.js", "views/late.js"]
    assert 'import("./views/late.js")' in joined["main.js"]
    assert "const b = 2;" not in joined["main.js"]
    assert "const a = 1;" not in joined["views/late.js"]
    [shared] = re.findall(r"^export \{ (.+) \};$", joined["main.js"], re.MULTILINE)
    assert joined["views/late.js"].startswith(f'import {{ {shared} }} from "../main.js";\n')
    assert re.search(r"^export const \{ late \} = \$\d+;$", joined["views/late.js"], re.MULTILINE)


def test_what_two_late_files_need_is_there_once() -> None:
    modules = {
        "main.js": 'const load = () => [import("./a.js"), import("./b.js")];\n',
        "a.js": 'import { shared } from "./shared.js";\nexport const a = shared;\n',
        "b.js": 'import { shared } from "./shared.js";\nexport const b = shared;\n',
        "shared.js": "export const shared = {};\n",
    }
    joined = join_modules(modules, "main.js")

    assert [name for name, text in joined.items() if "const shared = {};" in text] == ["main.js"]


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


@pytest.mark.parametrize("name", [name for name in FILES.assets if name not in VENDORED])
def test_no_file_names_another_host(name: str) -> None:
    hosts = re.findall(r"https?://([\w.-]+)", FILES.assets[name].content.decode())

    assert set(hosts) <= {"www.example.com", "www.w3.org"}
