from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from audit import AuditEntry
from records.files.errors import NotTheKeepersUnit
from records.holdings.condition import judge_condition
from records.holdings.copies import move_copy, register_copy
from records.holdings.models import Condition, Movement, PaperCopy
from records.lending.errors import CaseStays, LaterStep, NothingToUndo, TooLateToUndo
from records.lending.loans import open_loan
from records.lending.models import DeskUndo, Loan, Undone
from records.lending.renewing import renew
from records.lending.services import lend, take_back
from records.lending.undoing import UNDO_WITHIN, last_done, undo
from storage.database import Database
from tests.cast import MONDAY, NOON, Cast, find_cast, make_item
from tests.conftest import SignedIn
from tests.printing.paper import words
from tests.records.lending.asking import asked, handed
from tests.records.lending.shelf import make_copy

LATER = NOON + timedelta(seconds=30)


@pytest.fixture
def copy(session: Session, cast: Cast) -> PaperCopy:
    return make_copy(session, cast)


def lent(session: Session, copy: PaperCopy, cast: Cast) -> Loan:
    return lend(session, copy, cast.reader, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=MONDAY)


def undone(session: Session, loan: Loan, cast: Cast, *, at=LATER) -> Undone:  # type: ignore[no-untyped-def]
    session.flush()
    return undo(session, loan, actor=cast.keeper.actor, at=at, on=MONDAY)


def test_a_lending_undone_lays_the_copy_back_and_keeps_both_steps(
    session: Session, cast: Cast, copy: PaperCopy
) -> None:
    box_id, loan = copy.box_id, lent(session, copy, cast)
    assert undone(session, loan, cast) is Undone.LENT
    assert copy.box_id == box_id
    assert open_loan(session, copy) is None
    assert loan.undone
    reasons = session.scalars(select(Movement.reason).where(Movement.copy_id == copy.id).order_by(Movement.id)).all()
    assert reasons == ["Registered", "Lent", "Undone at the desk"]
    session.commit()
    assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.number.desc())).first() == "loan.undone"


def test_a_slip_is_told_by_the_register_alone(database: Database, signed_in: SignedIn) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        copy = make_copy(session, cast)
        undo(session, lent(session, copy, cast), actor=cast.keeper.actor, at=LATER, on=MONDAY)
    keeper = signed_in("keeper")
    assert "李读" not in keeper.get("/loans?state=").text
    period = f"from_on={MONDAY}&until_on={MONDAY}"
    assert "柜台当场撤销" in keeper.get(f"/loans/register?{period}").text


def test_a_return_is_not_undone_once_the_copy_was_judged(session: Session, cast: Cast, copy: PaperCopy) -> None:
    loan = lent(session, copy, cast)
    take_back(session, loan, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    judge_condition(session, copy, Condition.WORN, "封面已磨损", actor=cast.keeper.actor, at=NOON, on=MONDAY)
    with pytest.raises(LaterStep):
        undone(session, loan, cast)
    assert copy.condition is Condition.WORN


def test_a_return_undone_leaves_the_copy_out_as_it_was(session: Session, cast: Cast, copy: PaperCopy) -> None:
    loan = lent(session, copy, cast)
    take_back(session, loan, actor=cast.keeper.actor, at=NOON, on=MONDAY, condition=Condition.WORN, remarks="受潮")
    assert undone(session, loan, cast) is Undone.TAKEN_BACK
    assert (copy.holder_id, copy.condition) == (cast.reader.id, Condition.GOOD)
    assert (loan.returned_on, loan.remarks, loan.condition_on_return) == (None, None, None)
    assert open_loan(session, copy) is loan
    take_back(session, loan, actor=cast.keeper.actor, at=LATER, on=MONDAY)


def test_a_minute_later_nothing_is_undone(session: Session, cast: Cast, copy: PaperCopy) -> None:
    loan = lent(session, copy, cast)
    late = NOON + UNDO_WITHIN + timedelta(seconds=1)
    assert last_done(session, cast.keeper.actor, NOON + UNDO_WITHIN) is loan
    assert last_done(session, cast.keeper.actor, late) is None
    with pytest.raises(TooLateToUndo, match="60 seconds"):
        undone(session, loan, cast, at=late)


def test_only_the_last_step_of_the_same_desk_is_undone_and_once(session: Session, cast: Cast, copy: PaperCopy) -> None:
    first = lent(session, copy, cast)
    item = copy.item
    other = make_copy(session, cast, "P-0002", file=item.file, box=copy.box)
    second = lend(session, other, cast.reader, purpose="复核", days=7, actor=cast.keeper.actor, at=LATER, on=MONDAY)
    with pytest.raises(NothingToUndo):
        undone(session, first, cast)
    with pytest.raises(NothingToUndo):
        undo(session, second, actor=cast.second_keeper.actor, at=LATER, on=MONDAY)
    with pytest.raises(NotTheKeepersUnit):
        undo(session, second, actor=cast.other_keeper.actor, at=LATER, on=MONDAY)
    undone(session, second, cast)
    with pytest.raises(NothingToUndo):
        undone(session, second, cast)


def test_what_others_built_on_is_not_undone(session: Session, cast: Cast, copy: PaperCopy) -> None:
    loan = lent(session, copy, cast)
    renew(session, loan, days=7, actor=cast.keeper.actor, on=MONDAY)
    with pytest.raises(LaterStep):
        undone(session, loan, cast)
    take_back(session, loan, actor=cast.keeper.actor, at=LATER, on=MONDAY)
    assert copy.box is not None
    place = copy.box.place
    move_copy(session, copy, place, actor=cast.second_keeper.actor, at=LATER + timedelta(seconds=1))
    with pytest.raises(LaterStep):
        undone(session, loan, cast, at=LATER + timedelta(seconds=2))


def test_a_lending_is_not_undone_where_its_reader_has_asked_anew_since(
    session: Session, cast: Cast, copy: PaperCopy
) -> None:
    box = copy.box
    assert box is not None
    [loan] = handed(session, asked(session, box, cast.reader), cast)
    asked(session, box, cast.reader)
    with pytest.raises(LaterStep):
        undone(session, loan, cast)


def test_a_lending_is_undone_though_its_reader_has_asked_for_something_else_since(
    session: Session, cast: Cast, copy: PaperCopy
) -> None:
    box = copy.box
    [loan] = handed(session, asked(session, copy.item, cast.reader), cast)
    other = make_item(session, copy.item.file, cast.keeper.actor, "另一件")
    register_copy(session, other, box, pages_count=1, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    asked(session, other, cast.reader)
    undone(session, loan, cast)
    assert copy.holder is None


def test_a_return_that_opened_a_case_is_not_undone(session: Session, cast: Cast, copy: PaperCopy) -> None:
    loan = lent(session, copy, cast)
    take_back(session, loan, actor=cast.keeper.actor, at=NOON, on=MONDAY, condition=Condition.DAMAGED)
    with pytest.raises(CaseStays, match=str(loan.case_number)):
        undone(session, loan, cast)


def test_an_undoing_stays_on_record(session: Session, cast: Cast, copy: PaperCopy) -> None:
    undone(session, lent(session, copy, cast), cast)
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.execute(delete(DeskUndo))


@pytest.fixture
def keeper(database: Database, signed_in: SignedIn) -> FlaskClient:
    with database.begin() as session:
        make_copy(session, find_cast(session), "P-0001")
    return signed_in("keeper")


def scanned(client: FlaskClient, barcode: str, borrower: str = "") -> str:
    fields = {"barcode": barcode, "borrower": borrower, "days": "7", "purpose": "复核", "condition": ""}
    return client.post("/desk", data=fields, follow_redirects=True).get_data(as_text=True)


def test_a_scan_of_undo_or_the_button_reverses_the_last_step(keeper: FlaskClient) -> None:
    assert "Undo: P-0001" in scanned(keeper, "P-0001", "reader")
    page = scanned(keeper, "undo", "reader")
    assert "P-0001 is not lent to 李读. Put it back." in page
    assert "Undo: P-0001" not in page
    refused = keeper.post("/desk/undo")
    assert refused.status_code == 409
    assert "nothing to undo" in refused.get_data(as_text=True)
    assert "Nobody named" in scanned(keeper, "NEXT", "reader")


def test_the_commands_of_the_desk_are_printed_as_codes(keeper: FlaskClient) -> None:
    answer = keeper.get("/desk/codes.pdf")
    assert answer.mimetype == "application/pdf"
    assert all(code in words(answer.data) for code in ("UNDO", "NEXT"))
