"""What is measured; each module's `run` returns the figures of some goals (see bench.goals)."""
