"""What the tests of the regulation share: a store, a workshop, a repository, the way of a batch."""

from tests.records.disposal.conftest import disposal, place, store, workshop

__all__ = ["disposal", "place", "store", "workshop"]
