"""The keys of a shard. They share a hash tag, so that one command reaches them all in a cluster."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

GROUP = "processors"


@dataclass(frozen=True)
class ShardKeys:
    """Where one shard of a stream keeps its things."""

    stream: str
    backlog: str
    """Hash: `events` and `bytes` that wait; `accepted`: events that were accepted in the queue's life; `counted`: sites
    and minutes that have a count of their own in `counted_hour`, since 1970."""
    failures: str
    """Hash: how often an entry `<stream id>`, or an event of it `<stream id>/<index>`, failed."""
    dead_letters: str
    """Hash: `<message id>` to a dead letter."""
    accepted: str
    """Prefix of hashes, one a minute since 1970: site to the number of events that were accepted. Where an hour has
    more sites and minutes than may be counted: U+0000 and a digit for a count that sites share (infra.ledger)."""
    dead: str
    """Prefix of hashes, one a minute of acceptance: message id to site of events that became dead letters."""
    refused: str
    """Prefix of counts, one a minute: events that were refused with a 4xx; of shard 0 alone."""
    dropped: str
    """Prefix of hashes, one a minute: `<field> <site>` to the events that were accepted without it; of shard 0."""
    rates: str
    """Prefix of what rate limits count: `<quota>:<keyed hash>`, and `key`, the hash's key; of shard 0 alone."""

    salts: str
    """Prefix of the salts of visitors' derived ids: `<date>`, and `removed:<date>`, the marks of their removal; of
    shard 0 alone."""

    witness: str
    """Hash: the queue's `generation`, and the last `mark` of what PostgreSQL has seen of it."""

    sites: str
    """Sorted set: the sites with events in the hours that the ledger remembers, with the last such hour; of shard 0."""
    new_sites: str
    """Prefix of hashes, one an hour since 1970: new `sites`, and events `refused` of others; of shard 0 alone."""
    sites_document: str
    """Hash: `document`, what ingest has to know of sites (see common.sites.document), and its `version`; of shard 0."""
    lead: str
    """The poller that reads what is new in the shard; see infra.queue.lead."""

    @classmethod
    def of(cls, stream_name: str, shard: int) -> "ShardKeys":
        """The keys of a shard of a stream."""
        tag = f"{{{stream_name}:{shard}}}"
        names = ("backlog", "failures", "dead-letters")
        prefixes = ("accepted:", "dead:", "refused:", "dropped:", "rates:", "salts:", "witness", "sites", "new-sites:")
        return cls(tag, *(f"{tag}:{name}" for name in (*names, *prefixes, "sites-document", "lead")))


@cache
def load_script(module: str, name: str) -> str:
    """The text of the Lua script <name>.lua beside a module (its `__name__`)."""
    return files(module.rpartition(".")[0]).joinpath(f"{name}.lua").read_text()
