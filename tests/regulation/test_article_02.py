"""Article 2: every union is a node of one tree, and no record is without its unit."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR
from records.files.models import File, Item
from storage.database import Base
from tests.cast import MONDAY, Cast, make_file, make_item
from units.models import Unit, UnitKind
from units.services import found_unit


def test_a_every_union_from_workplace_to_municipal_federation_is_a_node_of_one_tree(
    session: Session, cast: Cast
) -> None:
    units = session.scalars(select(Unit)).all()
    assert [unit for unit in units if unit.parent_id is None] == [cast.city]
    assert all(unit.path.startswith(cast.city.path) for unit in units)
    for kind in set(UnitKind) - {UnitKind.MUNICIPAL}:  # there is one municipal federation, the root
        founded = found_unit(session, cast.city, f"某{kind.value}", kind, actor=OPERATOR)
        assert founded.path.startswith(cast.city.path)


def test_b_no_record_exists_without_an_owning_unit(session: Session, cast: Cast) -> None:
    for table, column in (("file", "unit_id"), ("item", "file_id"), ("box", "unit_id"), ("place", "unit_id")):
        assert not Base.metadata.tables[table].columns[column].nullable
    file = make_file(session, cast)
    item = make_item(session, file, cast.keeper.actor)
    assert item.unit_path == cast.district.path
    for row in (
        File(code="X", category="documentary", year=2026, title="x", opened_on=MONDAY),
        Item(document_type="x", retention_class="x", form="text", carrier="paper", title="x", dated="2026"),
    ):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(row)
