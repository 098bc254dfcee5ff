"""The pages of files and items, on one blueprint."""

from records.files.views import household, items, notes, opening
from records.files.views.blueprint import files

__all__ = ["files", "household", "items", "notes", "opening"]
