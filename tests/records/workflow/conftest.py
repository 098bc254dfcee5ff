"""A desk where files are opened."""

import pytest
from sqlalchemy.orm import Session

from tests.cast import Cast
from tests.records.workflow.office import Desk, make_desk


@pytest.fixture
def desk(session: Session, cast: Cast) -> Desk:
    return make_desk(session, cast)
