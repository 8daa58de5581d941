"""One log that is followed: the file under its name, and those that it was rotated to."""

from collections.abc import Iterable, Sequence
from io import FileIO
from pathlib import Path

from infra.importer.account import Place
from infra.importer.errors import LogBroken
from infra.importer.intake import LineIntake
from infra.importer.log_file import open_log
from infra.importer.positions import Position, Positions
from infra.importer.session import Session, say
from infra.importer.tail import Tail

_STEPS_TO_RETIRE = 60
"""A server's workers go on writing to a renamed file until each has opened the new one."""


class FollowedLog:
    """Reads a log's new lines, step by step. Its methods raise OSError if a file can't be read."""

    def __init__(self, path: Path, session: Session, data_dir: Path) -> None:
        self._path, self._session = path, session
        self._positions = Positions(data_dir, session.options.site_id, path)
        self._tails: list[Tail] = []
        """Oldest first. The last is the file under the log's name, once there is one."""
        self._intakes: dict[Tail, LineIntake] = {}
        self._saved = self._positions.load()
        self._is_resumed = False
        self._is_settled = False
        """Whether the positions say what was read: not while a rotated file is read whole."""

    def step(self) -> None:
        """Read what was added since the last step. Raises ImportStopped."""
        if not self._is_resumed:
            self._resume(self._saved)
            self._is_resumed = True
        for tail in list(self._tails):
            self._look_at(tail)
        if not self._tails or not self._tails[-1].is_at(self._path):
            self._open_anew()
        self._is_settled = True

    def save(self) -> None:
        """Keep how far the files were read. Call when all that was read is answered."""
        if self._is_settled:
            self._saved = [tail.find_position() for tail in self._tails]
            self._positions.save(self._saved)

    def close(self) -> None:
        """Close the files."""
        for tail in self._tails:
            tail.close()

    def _look_at(self, tail: Tail) -> None:
        if tail.was_emptied():
            self._is_settled = False
            self._read_rotated(tail.find_position(), [other for other in self._tails if other is not tail])
            tail.restart()
            self._intakes.pop(tail, None)
        before = tail.offset
        self._read(tail)
        tail.idle_steps = 0 if tail.offset > before else tail.idle_steps + 1
        if tail is not self._tails[-1] and tail.idle_steps >= _STEPS_TO_RETIRE:
            self._read(tail, may_end_open=True)
            self._drop(tail)

    def _read(self, tail: Tail, may_end_open: bool = False) -> None:
        intake = self._intakes.get(tail)
        if intake is None:
            if not any(True for _ in tail.read_lines(may_end_open)):
                return  # its format can't be told yet
            intake = self._intakes[tail] = self._open_intake(tail)
        for line in tail.read_lines(may_end_open):
            number = tail.line + 1
            if view := intake.take(number, line):
                self._session.delivery.add(view, Place(str(tail.path), number))
            tail.advance()
        tail.note_start()

    def _open_intake(self, tail: Tail) -> LineIntake:
        is_known = bool(self._saved) or len(self._tails) > 1
        intake = self._session.open_intake(str(tail.path), tail.read_head(), may_have_several_hosts=is_known)
        for line in tail.list_before():
            intake.pass_over(line)
        return intake

    def _open_anew(self) -> None:
        """The file that is under the log's name now."""
        try:
            file = FileIO(self._path)
        except FileNotFoundError:
            return  # between two steps of a rotation
        tail = Tail(self._path, file)
        self._tails.append(tail)
        self._read(tail)

    def _drop(self, tail: Tail) -> None:
        tail.close()
        self._tails.remove(tail)
        self._intakes.pop(tail, None)

    def _resume(self, positions: Sequence[Position]) -> None:
        """Find the files of last time, whatever their names are, and read what was rotated since."""
        found = [(position, self._find(position, [*self._list_rotated(), self._path])) for position in positions]
        tails = [tail for _, tail in found if tail]
        lost = [position for position, tail in found if tail is None]
        if positions and (lost or not tails[-1].is_at(self._path)):
            self._read_rotated(min(positions, key=lambda position: position.modified_ns), tails)
        self._tails = tails

    def _find(self, position: Position, paths: Iterable[Path]) -> Tail | None:
        for path in paths:
            try:
                file = FileIO(path)
            except OSError:
                continue
            if position.is_of(file):
                return Tail(path, file, position.offset, position.line)
            file.close()
        return None

    def _read_rotated(self, since: Position, but: Sequence[Tail]) -> None:
        """The files that the log was rotated to since then. What was read before has the same ids, and counts once."""
        paths = [
            path
            for path in self._list_rotated()
            if path.stat().st_mtime_ns >= since.modified_ns and not any(tail.is_at(path) for tail in but)
        ]
        for path in paths:
            self._read_whole(path)
        if since.offset and not paths and not any(tail.find_position().head == since.head for tail in but):
            say(
                self._session.console,
                f"{self._path} was rotated, and no older file is there: lines may be missing that came just before.",
            )

    def _read_whole(self, path: Path) -> None:
        try:
            with open_log(path) as opened:
                intake = self._session.open_intake(str(path), opened.head, may_have_several_hosts=True)
                for number, line in enumerate(opened.lines(), start=1):
                    if view := intake.take(number, line):
                        self._session.delivery.add(view, Place(str(path), number))
        except LogBroken as error:
            say(self._session.console, str(error))

    def _list_rotated(self) -> list[Path]:
        """The files that the log may have been rotated to, by age: access.log.1, access.log-20260131.gz."""
        begins = (f"{self._path.name}.", f"{self._path.name}-")
        paths = [path for path in self._path.parent.iterdir() if path.name.startswith(begins) and path.is_file()]
        return sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))
