"""Events that were accepted but not counted: rejected and filtered events."""
