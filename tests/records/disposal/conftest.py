"""A folder of objects, a workshop, the repository with a box for deeds, and the way of a batch."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from records.holdings.models import Place
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import Cast
from tests.records.disposal.office import Disposal, make_deeds_box, make_place, person


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects")


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    with Workshop() as made:
        yield made


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
