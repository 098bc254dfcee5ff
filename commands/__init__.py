"""The console command `anjuan`: views without a browser, in the same transactions."""

from commands.console import main

__all__ = ["main"]
