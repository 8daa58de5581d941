"""The benchmark: `make bench`. Figures are ratios of what was measured in turn, in one run, on one machine."""
