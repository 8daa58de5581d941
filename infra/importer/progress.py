"""How far the import is: a bar on a terminal, and nothing elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from infra.importer.log_file import LogFile


@dataclass(frozen=True)
class Display:
    """What the import shows while it runs."""

    source: LogFile
    progress: Progress
    task: TaskID | None

    def update(self) -> None:
        """Moves the bar to where the file is being read."""
        if self.task is not None:
            self.progress.update(self.task, completed=self.source.raw.tell())


@contextmanager
def show_progress(source: LogFile, console: Console) -> Iterator[Display]:
    """A bar of bytes where a person watches and the size is known; none otherwise."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal or not source.size) as progress:
        task = None if progress.disable else progress.add_task("importing", total=source.size)
        display = Display(source, progress, task)
        yield display
        display.update()
