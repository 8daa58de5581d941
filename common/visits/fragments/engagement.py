"""The parts of statements about engagement. Its columns are null if no page reported any."""

MEASURES = ("reports", "engaged_ms", "engaged_views", "scrolled")
"""Reports of engagement, the time in them, the page views that they are about, and how far these were scrolled."""

ENGAGEMENT = {
    "engagement": ", ".join(MEASURES),
    "engagement_sums": ", ".join(f"nullif(sum({name}), 0)" for name in MEASURES),
    "engagement_summed": ", ".join(f"nullif(sum({name}), 0) as {name}" for name in MEASURES),
    "engagement_added": ", ".join(
        f"{name} = nullif(coalesce(kept.{name}, 0) + coalesce(excluded.{name}, 0), 0)" for name in MEASURES
    ),
    "engagement_taken": ", ".join(
        f"{name} = nullif(coalesce(kept.{name}, 0) - coalesce(month.{name}, 0), 0)" for name in MEASURES
    ),
    "engagement_lessened": ", ".join(
        f"{name} = nullif(coalesce(kept.{name}, 0) - coalesce(less.{name}, 0), 0)" for name in MEASURES
    ),
    "engagement_kept": ", ".join(f"kept.{name}" for name in MEASURES),
    "engagement_fresh": ", ".join(f"fresh.{name}" for name in MEASURES),
    "engagement_excluded": ", ".join(f"{name} = excluded.{name}" for name in MEASURES),
}
"""What stands in a statement's slots."""
