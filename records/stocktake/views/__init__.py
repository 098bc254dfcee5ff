"""The pages of stocktakes, on one blueprint."""

from records.stocktake import words
from records.stocktake.views import counting, lines, lists, show, signing
from records.stocktake.views.blueprint import stocktake

__all__ = ["counting", "lines", "lists", "show", "signing", "stocktake", "words"]
