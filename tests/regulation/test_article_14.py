"""Article 14: the union of an abolished employer hands its files over; what nobody takes is kept on behalf."""

import pytest
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR
from records.closing.behalf import custody_on_behalf
from records.closing.closings import complete_closing, give_destination
from records.closing.errors import UnitStillKeeps
from records.closing.models import TransferReason
from tests.cast import MONDAY, NOON, Cast
from tests.records.closing.cases import begin_case, close_empty, make_household, take
from units.services import close_unit


def test_closing_a_unit_is_impossible_while_it_owns_files(session: Session, cast: Cast) -> None:
    close_empty(session, cast, cast.workplace)
    file = make_household(session, cast.street, cast.street_keeper)
    closing = begin_case(session, cast)
    for act in (
        lambda: complete_closing(session, closing, actor=cast.approver.actor, at=NOON, on=MONDAY),
        lambda: close_unit(session, cast.street, actor=OPERATOR, on=MONDAY),
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
