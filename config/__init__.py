"""Typed settings, read once from the environment and passed on as values."""

from config.settings import MailServer, Settings, default_settings, read

__all__ = ["MailServer", "Settings", "default_settings", "read"]
