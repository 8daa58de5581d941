"""`analytics snippet`."""

import html
from base64 import b64encode
from hashlib import sha384
from posixpath import splitext
from urllib.parse import urljoin

import click
import urllib3

from common.errors import Unavailable
from common.settings import Settings
from infra.terminal import say


@click.command()
@click.argument("site_id")
@click.option("--url", help="Where browsers find ingest, such as https://stats.example.com; default: INGEST_URL.")
@click.option("--all", "has_everything", is_flag=True, help="The script that has every option.")
@click.option("--pinned", is_flag=True, help="The copy that never changes, with its hash (Subresource Integrity).")
@click.pass_obj
def snippet(settings: Settings, site_id: str, url: str | None, has_everything: bool, pinned: bool) -> None:
    """Print the line that a page needs to be counted.

    \b
    A pinned script is the one that ingest serves now. After an update of ingest its path is gone:
    print and paste the line again.
    """
    stem, extension = splitext(settings.script_path)
    path = f"{stem}.all{extension}" if has_everything else settings.script_path
    source = f"{(url or settings.ingest_url).rstrip('/')}{path}"
    check = ""
    if pinned:
        source, check = _pin(source)
    say(f'<script defer src="{html.escape(source)}"{check} data-site="{html.escape(site_id)}"></script>')


def _pin(source: str) -> tuple[str, str]:
    """The URL of the copy that never changes, and the attributes that make a browser check it."""
    try:
        answer = urllib3.request("GET", source, timeout=10, retries=False)
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise Unavailable(f"The script can't be read from {source}: {error}.") from error
    name = answer.headers.get("Content-Location")
    if answer.status != 200 or name is None:
        raise Unavailable(f"{source} is not the tracker's script (HTTP {answer.status}); is the --url ingest's?")
    digest = b64encode(sha384(answer.data).digest()).decode()
    return urljoin(source, name), f' integrity="sha384-{digest}" crossorigin="anonymous"'
