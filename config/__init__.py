"""Typed settings, read once from the environment and passed on as values."""

from config.settings import Settings, default_settings, read

__all__ = ["Settings", "default_settings", "read"]
