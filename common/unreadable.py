"""Marks a field of an event that can't be read, but is no reason to refuse the event."""

from collections.abc import Callable
from typing import Any

from pydantic import GetPydanticSchema
from pydantic_core import core_schema


class Unreadable(str):
    """What is kept of such a value, mostly nothing; `why` says so to whoever sent it.

    It is a text, so that only those who ask for the reason need to know of it.
    """

    __slots__ = ("why",)

    def __new__(cls, kept: str, why: str) -> "Unreadable":
        unread = super().__new__(cls, kept)
        unread.why = why
        return unread

    why: str


def leniently(mend: Callable[[Any], Unreadable]) -> GetPydanticSchema:
    """For a field's annotation: what is refused by all that stands before it becomes what `mend` makes of it."""

    def build(kind: Any, handler: Callable[[Any], core_schema.CoreSchema]) -> core_schema.CoreSchema:
        mended = core_schema.no_info_plain_validator_function(mend)
        return core_schema.union_schema([handler(kind), mended], mode="left_to_right")

    return GetPydanticSchema(build)
