"""An office, and a pen to sign with."""

import pytest
from sqlalchemy.orm import Session

from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import Cast
from tests.records.handover.office import Office, Pen, make_office


@pytest.fixture
def office(session: Session, cast: Cast) -> Office:
    return make_office(session, cast)


@pytest.fixture
def pen(session: Session, store: FolderStore, workshop: Workshop) -> Pen:
    return Pen(session, store, workshop)
