"""Errors that end an import early."""

from common.errors import AnalyticsError


class ImportStopped(AnalyticsError):
    """The import can't continue; the message says why and what to do. Accepted events stay accepted."""


class LogBroken(ImportStopped):
    """The log can't be read any further. The lines before that are good."""
