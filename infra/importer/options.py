"""What an import is asked to do."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ImportOptions:
    """What to import and how. The texts are fit for the command line's help."""

    site_id: str
    """The site that the page views belong to, 1 to 64 bytes."""
    keep_bots: bool = False
    """Import known bots too; else what calls itself a program, or is in the list of crawlers, is skipped."""
    all_requests: bool = False
    """Import every request as a page view, not only successful GETs of pages: assets, errors, POSTs too."""
    keep_query: bool = False
    """Count /search?q=a and /search?q=b as two pages; without it, a path ends before its `?`."""
    hostname: str = ""
    """The site's host, such as www.example.com: tells its own pages from other sites, and reads campaigns (utm_*)."""
    patience_seconds: float = 300
    """How long to try again while ingest is away or busy (503, 429), before the import ends."""
    format: str = ""
    """The log's format by name; else it is told by how the log begins."""
    timezone: str = "UTC"
    """The time zone of times that are logged without an offset, such as Europe/Berlin."""
    all_hosts: bool = False
    """Count a log that names several hosts as one site."""
    dry_run: bool = False
    """Send nothing: say what would be sent, what not, and why."""
    report_path: Path | None = None
    """A file for every line that was not used, with its number and why."""
