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
    """Hash: `events` and `bytes` that wait."""
    failures: str
    """Hash: how often an entry `<stream id>`, or an event of it `<stream id>/<index>`, failed."""
    dead_letters: str
    """Hash: `<message id>` to a dead letter."""

    @classmethod
    def of(cls, stream_name: str, shard: int) -> "ShardKeys":
        """The keys of a shard of a stream."""
        tag = f"{{{stream_name}:{shard}}}"
        return cls(tag, f"{tag}:backlog", f"{tag}:failures", f"{tag}:dead-letters")


@cache
def load_script(name: str) -> str:
    """The text of a Lua script beside this file."""
    return files("common.adapters").joinpath(f"{name}.lua").read_text()
