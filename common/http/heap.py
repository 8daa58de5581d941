"""Python's garbage collector, told what the functions are like: a request makes thousands of objects, and no cycles."""

import gc

MOST_YOUNG = 20_000
"""Objects (of some 200 bytes) that may be made, and not be freed, before cycles among them are looked for."""


def freeze() -> None:
    """Call it once a function is loaded.

    What was loaded is never garbage, so that collections need not go through it. And there is one after 20,000 objects
    instead of 700: all that a batch is made of still lives then, and looking for cycles took a third of its time.
    """
    gc.freeze()
    gc.set_threshold(MOST_YOUNG)
