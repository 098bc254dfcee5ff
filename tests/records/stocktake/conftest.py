"""Shelves, and a pen to sign with."""

import pytest
from sqlalchemy.orm import Session

import records.supervision.incidents
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import Cast
from tests.records.stocktake.shelves import Pen, Shelves, make_shelves

assert records.supervision.incidents  # which opens the cases of what a stocktake does not find


@pytest.fixture
def shelves(session: Session, cast: Cast) -> Shelves:
    return make_shelves(session, cast)


@pytest.fixture
def pen(session: Session, store: FolderStore, workshop: Workshop) -> Pen:
    return Pen(session, store, workshop)
