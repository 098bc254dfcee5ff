"""Article 13 with 11: a household that applies again goes on in its own file 返困恢复原档案."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from records.closing.models import TransferReason
from records.closing.transfers import accept, propose
from records.files.duties import open_duty
from records.files.living import TwinCause, TwinChange, TwinSide
from records.files.models import File, Item, WithdrawalReason
from records.files.services import open_household_file, withdraw
from records.files.stubs import reduce_file
from records.files.withdrawals import withdrawals_of
from records.holdings.models import DigitalObject
from records.households.models import Household, Member, Person, Relation
from records.households.services import MemberEntry
from records.workflow.drafting import documents_of, statements_of
from records.workflow.earlier import awaited, earlier_file, waiting_for
from records.workflow.errors import EarlierFileElsewhere, KeptAsAnother
from records.workflow.models import Application, LodgedCopy, State
from records.workflow.procedure import lodge
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, NUMBERS, Cast
from tests.records.workflow.office import (
    AFTER,
    Desk,
    applied_with_scan,
    at,
    bring_to,
    entry,
    matching,
    submitted,
    withdrawn_with_scan,
)
from units.models import Unit

OPENED = MONDAY - timedelta(days=900)
WITHDRAWN = MONDAY - timedelta(days=300)
CHILD = MemberEntry("周小江", Relation.CHILD, "")
SPOUSE = MemberEntry("王小明", Relation.SPOUSE, NUMBERS[1])
PARENT = MemberEntry("李小红", Relation.PARENT, NUMBERS[2])


def withdrawn_file(session: Session, unit: Unit, keeper: User, *others: MemberEntry) -> File:
    """The file of the household of 周大河, withdrawn ten months ago."""
    file = open_household_file(
        session, unit, entry(NUMBERS[0], "周大河", *others, address="旧居 9 号", phone="13900001111"),
        keeper=keeper, actor=keeper.actor, on=OPENED,
    )  # fmt: skip
    withdraw(session, file, WithdrawalReason.LIFTED, actor=keeper.actor, on=WITHDRAWN, today=WITHDRAWN)
    session.flush()
    return file


def test_a_household_that_applies_again_goes_on_in_its_own_file(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    file = withdrawn_file(session, desk.workplace, desk.keeper, CHILD, SPOUSE)
    application = submitted(session, desk, entry(NUMBERS[0], "周大河", CHILD, PARENT))
    assert earlier_file(session, application) is file
    bring_to(session, desk, application, State.LODGED, store)
    assert application.file is file
    assert session.scalars(select(File)).all() == [file]
    assert file.active
    assert application.household is file.household
    household = file.household
    assert household is not None
    assert household.address == "河街道 1 号"
    assert [(one.person.name, one.active) for one in household.present_members] == [
        ("周大河", True), ("周小江", True), ("李小红", True),
    ]  # fmt: skip
    (spouse,) = (one for one in household.members if one.left_on)
    assert (spouse.person.name, spouse.left_on, spouse.active) == ("王小明", AFTER, False)
    (earlier,) = withdrawals_of(session, file)
    assert (earlier.withdrawn_on, earlier.returned_on) == (WITHDRAWN, AFTER)
    assert application.number in (earlier.return_reason or "")
    duty = open_duty(session, file, TwinSide.PAPER)
    assert duty is not None
    assert {TwinCause.RETURN, TwinCause.HOUSEHOLD, TwinCause.MEMBERS} <= {one.cause for one in duty.changes}
    titles = {item.title for item in session.scalars(select(Item).where(Item.file_id == file.id))}
    assert titles == {document.title for document in documents_of(session, application)}
    assert {row.member for row in statements_of(session, application) if row.member} <= set(household.members)


def test_it_is_the_same_household_where_husband_and_wife_change_places(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    file = withdrawn_file(session, desk.workplace, desk.keeper, CHILD, SPOUSE)
    husband = MemberEntry("周大河", Relation.SPOUSE, NUMBERS[0])
    application = submitted(session, desk, entry(NUMBERS[1], "王小明", husband))
    assert waiting_for(session, file) == [application]
    bring_to(session, desk, application, State.LODGED, store)
    session.expire_all()
    assert (application.file, file.title, file.active) == (file, "王小明", True)
    assert file.household is not None
    assert [(one.person.name, one.relation) for one in file.household.present_members] == [
        ("周大河", Relation.SPOUSE), ("王小明", Relation.WORKER),
    ]  # fmt: skip
    said = select(TwinChange.what).where(TwinChange.cause == TwinCause.WORKER)
    assert session.scalars(said).all() == ["周大河 → 王小明"]  # the paper follows that too


def test_who_has_parted_from_a_household_does_not_take_up_its_file(session: Session, desk: Desk) -> None:
    file = withdrawn_file(session, desk.workplace, desk.keeper, CHILD, SPOUSE)
    alone = submitted(session, desk, entry(NUMBERS[1], "王小明"))
    assert (earlier_file(session, alone), waiting_for(session, file)) == (None, [])


def test_of_two_earlier_files_of_a_household_only_the_one_withdrawn_last_is_awaited(
    session: Session, desk: Desk
) -> None:
    older, last = (withdrawn_file(session, desk.workplace, desk.keeper) for _ in range(2))
    older.withdrawn_on = WITHDRAWN - timedelta(days=1)
    application = submitted(session, desk)
    assert earlier_file(session, application) is last
    assert session.execute(awaited()).all() == [(last.id, application.number)]
    assert (waiting_for(session, last), waiting_for(session, older)) == ([application], [])


def test_a_file_of_another_unit_is_transferred_before_the_household_is_lodged_in_it(
    session: Session, cast: Cast, desk: Desk, store: FolderStore
) -> None:
    file = withdrawn_file(session, desk.street, cast.street_keeper)
    application = bring_to(session, desk, submitted(session, desk), State.LODGEMENT, store)
    matching(session, desk, application)

    def lodged_now() -> LodgedCopy:
        return lodge(session, application, place="二号柜", actor=desk.officer.actor, at=at(AFTER), on=AFTER)

    with pytest.raises(EarlierFileElsewhere, match=r"is kept by 河街道总工会\. Let it be transferred to 机械厂工会"):
        lodged_now()
    transfer = propose(
        session, file, desk.workplace, TransferReason.MOVED, grounds="职工再次申请帮扶",
        giver=cast.street_keeper, witness=desk.reviewer, at=at(AFTER),
    )  # fmt: skip
    review = accept(session, transfer, keeper=desk.keeper, spot=None, actor=desk.keeper.actor, at=at(AFTER), on=AFTER)
    assert review is None  # the application finds out whether it qualifies here
    assert lodged_now().file is file
    assert file.active


def test_a_file_that_was_taken_up_again_is_forgotten_whole(session: Session, desk: Desk, store: FolderStore) -> None:
    file = withdrawn_file(session, desk.workplace, desk.keeper, CHILD, SPOUSE)
    application = submitted(session, desk, entry(NUMBERS[0], "周大河", CHILD, PARENT))
    bring_to(session, desk, application, State.LODGED, store)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=desk.keeper.actor, on=AFTER, today=AFTER)
    reduce_file(session, file, "XH-1", on=AFTER)
    session.expire_all()
    assert {person.name for person in session.scalars(select(Person))} == {"—"}
    assert {household.address for household in session.scalars(select(Household))} == {"—"}
    assert not session.scalars(select(Member).where(Member.active | Member.applying)).all()
    assert session.scalars(select(LodgedCopy)).one().destroyed_under == "XH-1"
    again = submitted(session, desk)
    assert earlier_file(session, again) is None
    assert session.scalars(select(Application)).all() == [application, again]
    assert again.entered_state_on == NOON.date()


def test_a_scan_that_the_earlier_file_keeps_is_not_entered_again_at_lodgement(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    kept = withdrawn_with_scan(session, desk, store)
    application, scan = applied_with_scan(session, desk, store)
    bring_to(session, desk, application, State.LODGED, store)
    assert application.file is kept.item.file
    assert session.scalars(select(DigitalObject).where(DigitalObject.sha256 == kept.sha256)).all() == [kept]
    assert scan.key == kept.key
    items = session.scalars(select(Item.title).where(Item.file_id == kept.file_id)).all()
    titles = [one.title for one in documents_of(session, application)]
    assert sorted(items) == sorted([*(title for title in titles if title != "户口簿"), "原户口簿"])
    copy = session.scalars(select(LodgedCopy)).one()
    assert copy.documents_count == len(titles)


def test_a_scan_that_the_earlier_file_keeps_is_added_as_the_kind_it_has_there(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    withdrawn_with_scan(session, desk, store, kind="income_proof")
    with pytest.raises(KeptAsAnother, match="as “原户口簿”"):
        applied_with_scan(session, desk, store)
