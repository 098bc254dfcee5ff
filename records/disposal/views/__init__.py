"""The pages of disposal, on one blueprint."""

from records.disposal import words
from records.disposal.views import appraisal, approval, batches, destruction, due, holds, paper, signing
from records.disposal.views.blueprint import disposal

__all__ = ["appraisal", "approval", "batches", "destruction", "disposal", "due", "holds", "paper", "signing", "words"]
