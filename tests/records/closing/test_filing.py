"""Lists and deeds are filed once, with their paper, by the unit whose act they are (art. 14, 15)."""

import json
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from audit import AuditEntry
from classification.categories import Category
from records.closing.behalf import custody_on_behalf, items_kept, kept_together
from records.closing.closings import complete_closing
from records.closing.errors import ClosingNotCompleted, TransferNotAccepted
from records.closing.filing import file_closing_list, file_custody_deed, file_transfer_list
from records.closing.models import CustodyOnBehalf, FileTransfer, TransferReason, UnitClosing
from records.closing.sheets import custody_deed, transfer_list
from records.closing.transfers import carried_by, propose
from records.files.errors import NotTheKeepersUnit
from records.files.models import Item
from records.holdings.errors import NowhereToPut, OtherUnitsPlace, RecordFiledAlready, WrongPlaceForDeed
from records.holdings.models import PaperCopy, Spot
from records.holdings.printed import Filing, filed_print
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, NUMBERS, Cast
from tests.printing import paper
from tests.records.closing.cases import (
    REEMPLOYED,
    begin_case,
    close_empty,
    make_box,
    make_employers_keeper,
    make_household,
    make_room,
    offer,
    take,
)


@dataclass(frozen=True)
class Desk:
    """Files lists and deeds on Monday."""

    session: Session
    store: FolderStore
    workshop: Workshop

    def transfer_list(self, transfer: FileTransfer, keeper: User, spot: Spot | None) -> Item:
        return file_transfer_list(self.session, transfer, self.filing(keeper, spot))

    def deed(self, kept: CustodyOnBehalf, keeper: User, spot: Spot) -> Item:
        return file_custody_deed(self.session, kept, self.filing(keeper, spot))

    def closing_list(self, closing: UnitClosing, keeper: User, spot: Spot) -> Item:
        return file_closing_list(self.session, closing, self.filing(keeper, spot))

    def filing(self, keeper: User, spot: Spot | None) -> Filing:
        return Filing(keeper, self.store, self.workshop, NOON, MONDAY, spot)

    def digest(self, item: Item) -> str:
        filed = filed_print(self.session, item.id)
        assert filed is not None
        return filed.sha256

    def noted(self, action: str) -> tuple[object, object]:
        """Code and digest that the chain says were filed."""
        self.session.commit()
        entry = self.session.scalars(select(AuditEntry).where(AuditEntry.action == action)).one()
        details = json.loads(entry.details)
        return details["code"], details["sha256"]


@pytest.fixture
def desk(session: Session, store: FolderStore, workshop: Workshop) -> Desk:
    return Desk(session, store, workshop)


@pytest.fixture
def transfer(session: Session, cast: Cast) -> FileTransfer:
    """The district's household file on its way to the other district."""
    return offer(session, cast, make_household(session, cast.district, cast.keeper))


def test_the_list_of_an_accepted_transfer_is_a_permanent_record_of_the_receiving_unit(
    session: Session, cast: Cast, desk: Desk, transfer: FileTransfer
) -> None:
    take(session, transfer, cast.other_keeper)
    place = make_room(session, cast.other_district, cast.other_keeper)
    item = desk.transfer_list(transfer, cast.other_keeper, place)
    assert transfer.list_item is item
    assert (item.file.category, item.file.unit, item.file.year) == (Category.DOCUMENTARY, cast.other_district, 2026)
    assert (item.document_type, item.document_number, item.filed_on) == ("transfer_list", transfer.number, MONDAY)
    [copy] = session.scalars(select(PaperCopy).where(PaperCopy.item_id == item.id)).all()
    assert (copy.place, copy.pages_count) == (place, item.pages_count)
    assert desk.noted("file_transfer.filed") == (item.code, desk.digest(item))
    said = paper.filed(session, desk.store, item)
    for words in ("档案移交清册", transfer.number, transfer.code, "东区总工会", "西区总工会"):
        assert words in said, words


def test_a_list_is_filed_once(session: Session, cast: Cast, desk: Desk, transfer: FileTransfer) -> None:
    take(session, transfer, cast.other_keeper)
    place = make_room(session, cast.other_district, cast.other_keeper)
    item = desk.transfer_list(transfer, cast.other_keeper, place)
    with pytest.raises(RecordFiledAlready, match=f"{transfer.number} is already filed as {item.code}"):
        desk.transfer_list(transfer, cast.other_keeper, place)


def test_a_list_is_not_filed_before_the_file_has_passed(
    session: Session, cast: Cast, desk: Desk, transfer: FileTransfer
) -> None:
    place = make_room(session, cast.other_district, cast.other_keeper)
    with pytest.raises(TransferNotAccepted):
        desk.transfer_list(transfer, cast.other_keeper, place)


def test_the_receiving_unit_files_the_list_and_nobody_else(
    session: Session, cast: Cast, desk: Desk, transfer: FileTransfer
) -> None:
    take(session, transfer, cast.other_keeper)
    place = make_room(session, cast.district, cast.keeper)
    with pytest.raises(NotTheKeepersUnit):
        desk.transfer_list(transfer, cast.keeper, place)
    with pytest.raises(OtherUnitsPlace):
        desk.transfer_list(transfer, cast.other_keeper, place)


def test_a_list_lies_with_its_paper_among_what_is_permanent(
    session: Session, cast: Cast, desk: Desk, transfer: FileTransfer
) -> None:
    take(session, transfer, cast.other_keeper)
    box = make_box(session, make_room(session, cast.other_district, cast.other_keeper), cast.other_keeper)
    with pytest.raises(NowhereToPut):
        desk.transfer_list(transfer, cast.other_keeper, None)
    with pytest.raises(WrongPlaceForDeed, match="belongs into a box of documentary archives of 2026, permanent"):
        desk.transfer_list(transfer, cast.other_keeper, box)


def keep(session: Session, cast: Cast, number: str, name: str) -> CustodyOnBehalf:
    """The district keeps a household file of the street, which is being closed, on its behalf."""
    file = make_household(session, cast.street, cast.street_keeper, number, name)
    given = offer(session, cast, file, cast.district, TransferReason.ON_BEHALF, giver=cast.street_keeper)
    take(session, given, cast.keeper)
    kept = custody_on_behalf(session, file)
    assert kept is not None
    return kept


def test_one_deed_is_filed_for_all_that_was_taken_over_and_another_for_what_came_later(
    session: Session, cast: Cast, desk: Desk
) -> None:
    begin_case(session, cast)
    first, second = keep(session, cast, NUMBERS[0], "周大河"), keep(session, cast, NUMBERS[1], "陈平")
    place = make_room(session, cast.district, cast.keeper)
    deed = desk.deed(second, cast.keeper, place)
    assert first.deed_item is second.deed_item is deed
    assert (deed.document_type, deed.file.unit) == ("custody_deed", cast.district)
    assert desk.noted("custody_on_behalf.filed") == (deed.code, desk.digest(deed))
    with pytest.raises(RecordFiledAlready):
        desk.deed(first, cast.keeper, place)
    later = keep(session, cast, NUMBERS[2], "李远")
    another = desk.deed(later, cast.keeper, place)
    assert another.code != deed.code
    for item, inside, outside in ((deed, "周••", "李•"), (another, "李•", "周••")):
        said = paper.filed(session, desk.store, item)
        assert "困难职工档案代管协议" in said
        assert inside in said
        assert outside not in said


def test_the_keeping_unit_files_the_deed(session: Session, cast: Cast, desk: Desk) -> None:
    begin_case(session, cast)
    kept = keep(session, cast, NUMBERS[0], "周大河")
    with pytest.raises(NotTheKeepersUnit):
        desk.deed(kept, cast.street_keeper, make_room(session, cast.street, cast.street_keeper))


def test_the_superior_files_the_list_of_a_unit_once_it_is_closed(session: Session, cast: Cast, desk: Desk) -> None:
    close_empty(session, cast, cast.workplace)
    file = make_household(session, cast.street, cast.street_keeper)
    closing = begin_case(session, cast)
    take(session, offer(session, cast, file, cast.district, TransferReason.ABOLISHED, giver=cast.street_keeper),
         cast.keeper)  # fmt: skip
    place = make_room(session, cast.district, cast.keeper)
    with pytest.raises(ClosingNotCompleted):
        desk.closing_list(closing, cast.keeper, place)
    complete_closing(session, closing, actor=cast.approver.actor, at=NOON, on=MONDAY)
    with pytest.raises(NotTheKeepersUnit):
        desk.closing_list(closing, cast.other_keeper, place)
    item = desk.closing_list(closing, cast.keeper, place)
    assert closing.list_item is item
    assert item.file.unit is cast.district
    assert desk.noted("unit_closing.filed") == (item.code, desk.digest(item))
    assert file.code in paper.filed(session, desk.store, item)
    with pytest.raises(RecordFiledAlready):
        desk.closing_list(closing, cast.keeper, place)


def test_a_list_or_deed_names_nobody_of_a_household_in_full(session: Session, cast: Cast) -> None:
    file = make_household(session, cast.district, cast.keeper)
    keeper = make_employers_keeper(session, cast)
    transfer = offer(session, cast, file, cast.workplace, TransferReason.REEMPLOYED)
    told = replace(REEMPLOYED, determination=f"周大河（{NUMBERS[0]}）仍符合建档条件。")
    take(session, transfer, keeper, reemployment=told)
    file.title = "李小梅"  # the household has another worker since
    passed = paper.words(transfer_list(transfer, carried_by(session, transfer), made_at=NOON).pdf)

    file = make_household(session, cast.street, cast.street_keeper, NUMBERS[1], "韩东陵")
    begin_case(session, cast)
    transfer = propose(
        session, file, cast.district, TransferReason.ON_BEHALF, grounds="韩东陵所在街道无人保管。",
        giver=cast.street_keeper, witness=cast.approver, at=NOON,
    )  # fmt: skip
    take(session, transfer, cast.keeper)
    kept = custody_on_behalf(session, file)
    assert kept is not None
    together = kept_together(session, kept, None)
    deed = paper.words(custody_deed(together, items_kept(session, together), made_at=NOON).pdf)
    assert "周••（1" in passed
    assert "韩••所在街道无人保管" in deed
    assert not any(word in passed + deed for word in ("周大河", "韩东陵", NUMBERS[0]))
