"""The pages of the holdings, on one blueprint."""

from records.holdings.views import filing, objects, uploading
from records.holdings.views.blueprint import holdings

__all__ = ["filing", "holdings", "objects", "uploading"]
