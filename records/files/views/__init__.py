"""The pages of files and items, on one blueprint."""

import records.households.words  # noqa: F401 - a room without pages of its own
from records.files import words
from records.files.views import household, items, masks, notes, opening
from records.files.views.blueprint import files

__all__ = ["files", "household", "items", "masks", "notes", "opening", "words"]
