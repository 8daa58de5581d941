"""Where on the stream a site's events are: its shard, its stripe in that, and the overflow."""

import zlib

STRIPES = 8
"""Sites are in so many stripes. An entry holds events of one stripe, so that entries can be stored side by side."""


def find_shard(site_id: str, shards: int) -> int:
    """The shard of a site's events: always the same one."""
    return zlib.crc32(site_id.encode()) % shards if shards > 1 else 0


def find_stripe(site_id: str) -> int:
    """The stripe of a site within its shard: always the same one."""
    return (zlib.crc32(site_id.encode()) >> 16) % STRIPES


def find_overflow(shard: int, shards: int) -> int:
    """The shard for what is over the share of a site of this shard: each shard has one, numbered after all of them."""
    return shards + shard
