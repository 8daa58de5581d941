"""What ends an import early."""

from common.errors import AnalyticsError


class ImportStopped(AnalyticsError):
    """The import can't go on; the message says why, and what to do. What was accepted stays."""


class SourceBroken(ImportStopped):
    """The log can't be read further; the lines before are good."""
