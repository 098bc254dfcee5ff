"""The set of a file that no application opened is registered at the centre, and shows where it is absent (art. 12)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.browse.compliance import counted_measures
from records.files.models import File
from records.holdings.copies import register_copy
from records.holdings.filing import file_item
from records.workflow.errors import LodgedAlready, NothingToLodge, NotYourStep
from records.workflow.lodging import register_set, without_set
from tests.cast import MONDAY, NOON, Cast, make_item
from tests.records.closing.cases import make_box, make_household, make_room
from tests.records.workflow.office import make_desk

LABEL = "Active files of base-level unions without a lodged set"


def missing(session: Session, cast: Cast) -> int:
    found = counted_measures(session, cast.supervisor.actor, MONDAY, 12)[12]
    return next(each.number for each in found if each.figure.label == LABEL)


def test_the_set_of_an_older_file_is_registered_once_and_until_then_its_absence_is_a_breach(
    session: Session, cast: Cast
) -> None:
    desk = make_desk(session, cast)
    file = make_household(session, desk.workplace, desk.keeper)
    make_household(session, cast.district, cast.keeper, "500112197811236027", "李小红")  # is no base-level union
    officer = desk.officer.actor
    assert session.scalars(select(File.id).where(without_set(MONDAY))).all() == [file.id]
    assert missing(session, cast) == 1
    with pytest.raises(NotYourStep):
        register_set(session, file, place="三号柜", actor=desk.keeper.actor, on=MONDAY)
    with pytest.raises(NothingToLodge):
        register_set(session, file, place="三号柜", actor=officer, on=MONDAY)
    item, keeper = make_item(session, file, desk.keeper.actor), desk.keeper
    box = make_box(session, make_room(session, desk.workplace, keeper), keeper)
    register_copy(session, item, box, pages_count=3, actor=keeper.actor, at=NOON, on=MONDAY)
    file_item(session, item, actor=keeper.actor, on=MONDAY)
    copy = register_set(session, file, place=" 三号柜 ", actor=officer, on=MONDAY)
    assert (copy.application_id, copy.place, copy.documents_count, len(copy.sha256)) == (None, "三号柜", 1, 64)
    assert copy.centre.path == desk.officer.unit_path
    assert missing(session, cast) == 0
    with pytest.raises(LodgedAlready, match="三号柜"):
        register_set(session, file, place="四号柜", actor=officer, on=MONDAY)
