"""The pages of handovers and their cases, on one blueprint."""

from records.handover import words
from records.handover.views import cases, checking, lists, show, signing, starting
from records.handover.views.blueprint import handover

__all__ = ["cases", "checking", "handover", "lists", "show", "signing", "starting", "words"]
