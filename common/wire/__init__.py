"""The formats of what travels on the stream and to the processor, and their version. No other room knows them.

This is the door: other rooms import nothing from behind it.
"""

from common.wire.batch import (
    DEFERRED,
    MAX_BATCH_EVENTS,
    Answer,
    Batch,
    Failure,
    Outcome,
    Record,
    encode_batch,
    encode_sightings,
    encode_sites_task,
    read_batch,
    read_failures,
    report_failures,
)
from common.wire.entry import (
    MAX_ENTRY_BYTES,
    MAX_ENTRY_EVENTS,
    MOST_TRACES,
    VERSION,
    Entry,
    find_site,
    name_site,
    pack,
    pick,
    read_entry,
    split,
)
from common.wire.message_id import is_part, name_entry, name_event, read_milliseconds, read_minute
from common.wire.sites_task import ErasureTask, SitesAnswer, SitesTask, read_sites_answer, report_sites

__all__ = [
    "DEFERRED",
    "MAX_BATCH_EVENTS",
    "MAX_ENTRY_BYTES",
    "MAX_ENTRY_EVENTS",
    "MOST_TRACES",
    "VERSION",
    "Answer",
    "Batch",
    "Entry",
    "ErasureTask",
    "Failure",
    "Outcome",
    "Record",
    "SitesAnswer",
    "SitesTask",
    "encode_batch",
    "encode_sightings",
    "encode_sites_task",
    "find_site",
    "is_part",
    "name_entry",
    "name_event",
    "name_site",
    "pack",
    "pick",
    "read_batch",
    "read_entry",
    "read_failures",
    "read_milliseconds",
    "read_minute",
    "read_sites_answer",
    "report_failures",
    "report_sites",
    "split",
]
