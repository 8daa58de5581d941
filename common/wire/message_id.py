"""The ids of messages: `<shard>:<stream id>`, and `<message id>/<index>` of an event of it that is delivered alone."""

import re


def name_event(message_id: str, index: int) -> str:
    """The place of an event: its message's id if that is of one event alone, else with its index."""
    return message_id if is_part(message_id) else f"{message_id}/{index}"


def is_part(message_id: str) -> bool:
    """Whether a message is one event of an entry, delivered alone."""
    return "/" in message_id


def name_entry(message_id: str) -> str:
    """The entry that a message is, or is a part of."""
    return message_id.partition("/")[0]


def read_milliseconds(message_id: str) -> int | None:
    """When (since 1970) an entry was accepted, by the queue's clock; None for an id that is not of our stream."""
    match = re.fullmatch(r"\d+:(\d{1,15})-\d+(/\d+)?", message_id)
    return int(match[1]) if match else None


def read_minute(message_id: str) -> int | None:
    """The minute (since 1970) in which an entry was accepted; None for an id that is not of our stream."""
    milliseconds = read_milliseconds(message_id)
    return None if milliseconds is None else milliseconds // 60_000
