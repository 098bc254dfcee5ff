"""Article 14: the union of an abolished employer hands its files over; what nobody takes is kept on behalf."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from records.closing.behalf import custody_on_behalf
from records.closing.closings import complete_closing, give_destination
from records.closing.errors import UnitStillKeeps
from records.closing.models import TransferReason
from records.files.batches import open_many
from records.files.from_before import Before
from records.files.services import open_household_file
from records.households.batches import prepared
from storage.sealing import vault_of
from tests.cast import MONDAY, NOON, Cast, household_entry
from tests.records.closing.cases import begin_case, close_empty, make_household, take
from units.errors import UnitClosed
from units.services import close_unit


def test_closing_a_unit_is_impossible_while_it_owns_files(session: Session, cast: Cast) -> None:
    close_empty(session, cast, cast.workplace)
    file = make_household(session, cast.street, cast.street_keeper)
    closing = begin_case(session, cast)
    for act in (
        lambda: complete_closing(session, closing, actor=cast.approver.actor, at=NOON, on=MONDAY),
        lambda: close_unit(session, cast.street, actor=OPERATOR, at=NOON, on=MONDAY),
    ):
        with pytest.raises(UnitStillKeeps, match=r"1 files.*art\. 14"):
            act()
    [transfer] = give_destination(
        session, closing, [file], cast.district, TransferReason.ABOLISHED, grounds="撤销", witness=cast.reader,
        actor=cast.approver.actor, giver=cast.approver, at=NOON,
    )  # fmt: skip
    take(session, transfer, cast.keeper)
    complete_closing(session, closing, actor=cast.approver.actor, at=NOON, on=MONDAY)
    assert cast.street.closed_on == MONDAY


def test_nothing_is_opened_in_a_closed_unit_neither_one_file_nor_a_whole_sheet(session: Session, cast: Cast) -> None:
    row = prepared(vault_of(session), household_entry(), MONDAY)
    before = Before(date(2015, 3, 1), "一号柜", "补录既有案卷")
    grant_role(session, cast.keeper, Role.KEEPER, cast.workplace.path, actor=OPERATOR, at=NOON)
    session.flush()
    session.refresh(cast.keeper)
    cast.workplace.closed_on = MONDAY
    with pytest.raises(UnitClosed):
        open_household_file(
            session, cast.workplace, household_entry(), keeper=cast.keeper, actor=cast.keeper.actor, on=MONDAY
        )
    with pytest.raises(UnitClosed):
        open_many(session, cast.workplace, [(row, before)], {}, keeper=cast.keeper, actor=cast.keeper.actor, on=MONDAY)


def test_custody_on_behalf_records_original_owner_keeper_reason_and_start_date(session: Session, cast: Cast) -> None:
    file = make_household(session, cast.street, cast.street_keeper)
    [transfer] = give_destination(
        session, begin_case(session, cast), [file], cast.district, TransferReason.ON_BEHALF, grounds="无接收单位。",
        witness=cast.reader, actor=cast.approver.actor, giver=cast.approver, at=NOON,
    )  # fmt: skip
    take(session, transfer, cast.keeper)
    kept = custody_on_behalf(session, file)
    assert kept is not None
    assert (kept.owner, kept.keeper_unit, kept.reason, kept.from_on) == (
        cast.street, cast.district, "无接收单位。", MONDAY
    )  # fmt: skip
