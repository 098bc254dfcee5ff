"""What the tests of consultation share."""

import pytest
from sqlalchemy.orm import Session

from storage.objects import FolderStore
from tests.cast import Cast
from tests.records.consultation.office import Reading, furnish


@pytest.fixture
def one(session: Session, store: FolderStore, cast: Cast) -> Reading:
    return furnish(session, store, cast)
