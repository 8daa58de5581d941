"""Where each table's rows are, if there are several groups. A test compares the lists with the schema."""

OF_A_SITE = {
    "sites": "site_id",
    "site_settings": "site_id",
    "site_aliases": "dialect, external_id",
    "site_removals": "site_id",
    "events": 'site_id, "timestamp", event_id',
    "visits": "site_id, visitor, start",
    "rollups": "site_id, dimension, grain, date, value",
    "daily_values": "site_id, date, key",
    "daily_users": "site_id, date, user_id",
    "daily_paths": "site_id, date, path",
    "daily_stats": "site_id, date",
    "closed_days": "site_id, date",
    "quarter_stats": "site_id, at",
    "visitor_links": "site_id, visitor",
    "crossings": "site_id, previous, at, visitor",
    "filtered_events": 'site_id, "timestamp", event_id',
    "filtered_restores": "id",
    "erasures": "site_id, id",
    "erased_events": "site_id, key",
    "goals": "site_id, name",
    "funnels": "site_id, name",
    "segments": "site_id, name",
    "annotations": "site_id, annotation_id",
    "imported_figures": "site_id, dimension, date, value",
    "imports": "site_id, import_id",
    "rejected_events": "site_id, source",
    "outcomes": "site_id, minute, outcome, reason",
}
"""In the group of their site, each with its key. They move with it."""

OF_ENTRIES = ("processed_entries",)
"""In each group what it did of the queue. A move copies what may be delivered again."""

OF_A_SITE_AT_HOME = {"report_subscriptions": "subscription_id", "alarms": "alarm_id", "outbox": "message_id"}
"""In the home group alone, because they are read for all sites at once; each with its key."""

AT_HOME = (
    *("access_keys", "access_users", "access_roles", "access_links", "access_sessions"),
    *("queue_losses", "group_sightings"),
    *("slots", "group_ids"),
)
"""In the home group alone: what is of no site, or of several."""

OF_EACH_GROUP = ("migrations", "absent_slots", "audit_log", "queue_sightings")
"""In each group its own, which stay where they are: the log of what was changed there, and what it saw of
the queue.
"""
