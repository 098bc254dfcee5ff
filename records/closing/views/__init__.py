"""The pages of transfers and closings, on one blueprint."""

from records.closing import words
from records.closing.views import closings, custody, families, paper, sets, transfers
from records.closing.views.blueprint import closing

__all__ = ["closing", "closings", "custody", "families", "paper", "sets", "transfers", "words"]
