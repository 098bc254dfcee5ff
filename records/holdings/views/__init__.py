"""The pages of the holdings, on one blueprint."""

from records.holdings import forgetting, words
from records.holdings.views import boxes, cancelling, copies, filing, labels, objects, places, shelves, uploading
from records.holdings.views.blueprint import holdings

__all__ = [
    "boxes", "cancelling", "copies", "filing", "forgetting", "holdings", "labels", "objects", "places", "shelves",
    "uploading", "words",
]  # fmt: skip
