"""Events that were accepted and not counted: rejected and filtered ones."""
