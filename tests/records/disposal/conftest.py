"""The repository with a box for deeds, and the way of a batch."""

import pytest
from sqlalchemy.orm import Session

from records.holdings.models import Place
from tests.cast import Cast
from tests.records.disposal.office import Disposal, make_deeds_box, make_place, person


@pytest.fixture
def place(session: Session, cast: Cast) -> Place:
    place = make_place(session, cast)
    make_deeds_box(session, cast, place)
    return place


@pytest.fixture
def disposal(session: Session, cast: Cast) -> Disposal:
    return Disposal(
        session, cast, [person(session, cast, "witness.one", "冯一"), person(session, cast, "witness.two", "褚二")]
    )
