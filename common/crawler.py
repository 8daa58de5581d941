"""What is known of a crawler that says its name."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Purpose = Literal[
    "training", "search", "user", "dataset", "search_engine", "seo", "archive", "preview", "tool",
]  # fmt: skip
"""For what it reads pages: to train models, for an AI's search, because a person asked just now, for a data set that
others train on; the others are no AI's.
"""
AI_PURPOSES: frozenset[Purpose] = frozenset({"training", "search", "user", "dataset"})

_Label = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Crawler(BaseModel):
    """A crawler, as an event that was set aside names it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: _Label
    operator: _Label
    purpose: Purpose
