"""What was seen of the queue, and what follows if it is less than before. Pure."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

Cause = Literal["replaced", "went_back", "database_went_back"]
Milliseconds = Annotated[int, Field(ge=0, le=253_402_300_799_999)]
"""Since 1970, by the queue's clock, before the year 10000."""
Count = Annotated[int, Field(ge=0, le=2**62)]
Name = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,100}$")]
_WORDS = {
    "replaced": "the queue was replaced by another or an empty one",
    "went_back": "the queue went back to an earlier state",
    "database_went_back": "the database is older than the queue: it was restored from a copy, or replaced",
}


class Sighting(BaseModel):
    """One shard of the queue at one moment.

    A mark is a number that is written into the queue after PostgreSQL has seen the one before it. A queue whose mark
    is lower than one that was seen has lost what came after its own mark.
    """

    stream: Name
    shard: Count
    generation: Name
    """Random, made once in a queue's life."""
    mark: Count
    marked_at_ms: Milliseconds
    marked_accepted: Count
    """How many events had been accepted when the mark was written."""
    at_ms: Milliseconds
    last_ms: Milliseconds
    """Of the last id that the stream gave; 0: none."""
    oldest_ms: Milliseconds
    """Of the oldest entry that waits; 0: none."""
    accepted: Count
    """Events accepted in the queue's life."""
    queued: Count
    """Events that wait."""
    behind: Count = 0
    """How often ingest found that fewer events were accepted than it had been told before."""
    behind_from_ms: Milliseconds = 0
    """When a mark was written that the queue had before it went back; 0: it had none."""
    behind_about: Count = 0
    """By how many events."""
    previous_marked_at_ms: Milliseconds = 0
    """When the mark before was written; 0: there is none, or the poller is of an older version."""
    told_ms: Milliseconds = 0
    """When the last look was that PostgreSQL has remembered and at which something was settled; 0: none is known."""

    @property
    def settled(self) -> int:
        """Events that were accepted and do not wait any more."""
        return max(0, self.accepted - self.queued)

    def as_seen(self) -> dict[str, Any]:
        """What is remembered of it."""
        content = self.model_dump()
        return {name: content[name] for name in Seen.__annotations__}


@dataclass(frozen=True)
class Seen:
    """What PostgreSQL remembers of a shard: the last sighting of it."""

    generation: str
    mark: int
    at_ms: int
    last_ms: int
    oldest_ms: int
    accepted: int
    queued: int
    behind: int

    @property
    def settled(self) -> int:
        """Events that were accepted and did not wait any more."""
        return max(0, self.accepted - self.queued)


@dataclass(frozen=True)
class Loss:
    """Events that were accepted from `from_ms` to `until_ms` may be lost: `about` so many that PostgreSQL knew of.

    Of a database that went back, they were stored or set aside, and are not any more: at most `about` so many.

    `id` is None for a loss that is not recorded yet.
    """

    stream: str
    shard: int
    cause: Cause
    from_ms: int
    until_ms: int
    about: int
    id: int | None = None
    group: str = ""
    """Whose database went back; empty: home's, or that of the only group."""

    def covers(self, shard: int, minute: int) -> bool:
        """Whether the queue's counts of a minute (since 1970) can't be judged: a replaced queue has none of before."""
        begins = 0 if self.cause == "replaced" else self.from_ms // 60_000
        return shard == self.shard and begins <= minute <= self.until_ms // 60_000

    def as_dict(self) -> dict[str, Any]:
        """For JSON, with times in ISO 8601."""
        return {**asdict(self), "from": _tell_time(self.from_ms), "until": _tell_time(self.until_ms)}

    @property
    def heading(self) -> str:
        """Who lost something, for a log."""
        who = "DATABASE" if self.cause == "database_went_back" else "QUEUE"
        return f"THE {who} HAS LOST EVENTS"

    def describe(self) -> str:
        """In a sentence, for people."""
        number = f"loss {self.id}: " if self.id is not None else ""
        if self.cause == "database_went_back":
            words = _WORDS[self.cause].replace("database", f"database of the group {self.group}", bool(self.group))
            return (
                f"{number}{words} (shard {self.shard}). Events that were accepted from"
                f" {_tell_time(self.from_ms) if self.from_ms else 'the beginning'} to {_tell_time(self.until_ms)} and"
                f" processed after the copy was made are not in it: at most {self.about:,}."
            )
        return (
            f"{number}{_WORDS[self.cause]} (shard {self.shard}). Events that were accepted from"
            f" {_tell_time(self.from_ms)} to {_tell_time(self.until_ms)} and not stored by then are lost:"
            f" about {self.about:,} of those that were seen, and any that came after the last look."
        )


def find_loss(seen: Seen, now: Sighting, processed_ms: int | None = None) -> Loss | None:
    """What the queue has lost since it was seen; None: nothing that can be told.

    `processed_ms`: of an entry that was processed, accepted before `now.at_ms` and after `now.last_ms`, if any.
    """
    if now.at_ms <= seen.at_ms:  # an older look that arrives late; of two in a millisecond nobody knows which is older
        return None

    def lose(cause: Cause, from_ms: int, about: int) -> Loss:
        return Loss(now.stream, now.shard, cause, min(from_ms, now.at_ms), now.at_ms, max(about, 0))

    if now.generation != seen.generation:
        if not seen.accepted and not now.behind:
            return None  # nothing ever was in this shard, as in most overflows
        known = now.behind_about if now.behind else 0  # ingest knows better, where it has written since
        return lose("replaced", min(seen.oldest_ms or seen.at_ms, seen.at_ms), max(seen.queued, known))
    is_behind = now.behind > seen.behind
    if is_behind or now.mark < seen.mark:
        from_ms = min((now.behind_from_ms or seen.at_ms) if is_behind else now.marked_at_ms, now.marked_at_ms)
        about = now.behind_about if is_behind else min(seen.accepted - now.marked_accepted, seen.queued)
        return lose("went_back", from_ms, about)
    if now.accepted < seen.accepted or now.last_ms < seen.last_ms:
        return lose("went_back", min(_find_kept(seen, now), seen.at_ms), seen.accepted - now.accepted)
    if processed_ms is not None:
        return lose("went_back", now.last_ms or now.marked_at_ms, 0)
    return None


def find_forgotten(seen: Seen | None, now: Sighting) -> Loss | None:
    """What a database has lost that was restored from a copy, or replaced; None: nothing that can be told.

    `seen`: what it remembers of the shard; None: it has never seen it. It remembered a later look, as the queue knows;
    what was settled since then it does not have.
    """
    if now.told_ms <= (seen.at_ms if seen else 0) or (seen and seen.generation != now.generation):
        return None
    about = now.settled - (seen.settled if seen else 0)
    from_ms = min(seen.oldest_ms or seen.at_ms, seen.at_ms) if seen else 0
    return Loss(now.stream, now.shard, "database_went_back", from_ms, now.at_ms, about) if about > 0 else None


def find_forgotten_in(group: str, seen: Seen | None, known_ms: int, now: Sighting) -> Loss | None:
    """The same of a further group's database, which is known to have remembered a look at `known_ms`."""
    if known_ms <= (seen.at_ms if seen else 0):
        return None
    about = now.settled - (seen.settled if seen and seen.generation == now.generation else 0)
    from_ms = min(seen.oldest_ms or seen.at_ms, seen.at_ms) if seen else 0
    if about <= 0:
        return None
    return Loss(now.stream, now.shard, "database_went_back", from_ms, now.at_ms, about, group=group)


def _find_kept(seen: Seen, now: Sighting) -> int:
    """Up to when nothing is lost, of a queue that went back and kept the mark that was seen."""
    if 0 < now.last_ms < seen.last_ms:
        return now.last_ms  # no entry has come since: it would have a later id
    if now.mark > seen.mark:  # written since, perhaps after the queue went back
        return now.previous_marked_at_ms or now.marked_at_ms
    return now.marked_at_ms


def _tell_time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
