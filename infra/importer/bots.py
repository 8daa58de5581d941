"""Known crawlers, by their user agents."""

from common.derivation import suspicion


def is_bot(agent: bytes) -> bool:
    """Whether the user agent of a log's line is one of a known crawler."""
    return suspicion.is_bot(agent.decode(errors="replace"))
