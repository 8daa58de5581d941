"""Tunes Python's garbage collector for the functions, where a request makes thousands of objects and no cycles."""

import gc

MOST_YOUNG = 20_000
"""How many objects (of about 200 bytes) may be allocated, and not freed, before the collector looks for cycles."""


def tune() -> None:
    """Call it once a function is loaded.

    What was loaded is never garbage, so that collections need not go through it. And there is one after 20,000 objects
    instead of 700: all that a batch is made of still lives then, and looking for cycles took a third of its time.
    """
    gc.freeze()
    gc.set_threshold(MOST_YOUNG)
