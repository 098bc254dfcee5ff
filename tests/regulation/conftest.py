"""What the tests of the regulation share: a repository, the way of a batch, and the desk."""

import pytest
from sqlalchemy.orm import Session

from tests.cast import Cast
from tests.records.disposal.conftest import disposal, place
from tests.records.workflow.office import Desk, make_desk

__all__ = ["disposal", "place"]


@pytest.fixture
def desk(session: Session, cast: Cast) -> Desk:
    return make_desk(session, cast)
