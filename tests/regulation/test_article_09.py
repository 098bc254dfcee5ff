"""Article 9: who is re-employed and still eligible is determined anew and taken over by the new employer's union."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Permission
from audit import AuditEntry, seal
from classification.hardship import HardshipClass
from records.browse.flaws import is_to_be_determined
from records.browse.history import of_file, tell
from records.closing.errors import DeterminationMissing, EmployerOfOtherUnit, NotTheEmployersUnion
from records.closing.models import TransferReason, TransferState
from records.files.duties import open_duty
from records.files.living import ReviewGround, TwinCause, TwinSide
from records.files.models import Custody
from records.files.services import changeable
from records.files.withdrawals import visible_reviews
from records.households.models import Employment
from rules.services import set_rule
from tests.cast import MONDAY, NOON, NUMBERS, Cast
from tests.records.closing.cases import (
    REEMPLOYED,
    make_employers_keeper,
    make_household,
    offer,
    open_custodies,
    set_line,
    take,
)


def test_re_employment_ends_the_old_units_duty_only_when_the_new_units_determination_is_recorded(
    session: Session, cast: Cast
) -> None:
    file = make_household(session, cast.district, cast.keeper)
    receiver = make_employers_keeper(session, cast)
    transfer = offer(session, cast, file, cast.workplace, TransferReason.REEMPLOYED)
    with pytest.raises(DeterminationMissing, match=r"art\. 9"):
        take(session, transfer, receiver)
    assert changeable(file, cast.keeper.actor, Permission.FILE) is file
    assert [custody.keeper for custody in open_custodies(session, file)] == [cast.keeper]
    take(session, transfer, receiver, reemployment=REEMPLOYED)
    assert changeable(file, receiver.actor, Permission.FILE) is file
    assert [custody.keeper for custody in open_custodies(session, file)] == [receiver]


def test_a_re_employed_workers_file_passes_to_no_union_but_the_new_employers(session: Session, cast: Cast) -> None:
    file = make_household(session, cast.district, cast.keeper)
    for unit in (cast.other_district, cast.street):
        with pytest.raises(NotTheEmployersUnion, match=r"art\. 9"):
            offer(session, cast, file, unit, TransferReason.REEMPLOYED)


def test_the_household_is_said_to_be_employed_again_and_the_paper_follows(session: Session, cast: Cast) -> None:
    file = make_household(session, cast.district, cast.keeper)
    household = file.household
    assert household is not None
    household.employment, household.employer = Employment.UNEMPLOYED, None
    transfer = offer(session, cast, file, cast.workplace, TransferReason.REEMPLOYED)
    take(session, transfer, make_employers_keeper(session, cast), reemployment=REEMPLOYED)
    assert (household.employment, household.employer) == (Employment.EMPLOYED, "机械厂")
    assert transfer.reemployed_on == MONDAY
    duty = open_duty(session, file, TwinSide.PAPER)
    assert duty is not None
    assert [(change.cause, change.what) for change in duty.changes] == [(TwinCause.HOUSEHOLD, "employment,employer")]


def test_the_new_employer_is_the_one_of_the_receiving_union(session: Session, cast: Cast) -> None:
    file = make_household(session, cast.district, cast.keeper)
    transfer = offer(session, cast, file, cast.workplace, TransferReason.REEMPLOYED)
    receiver = make_employers_keeper(session, cast)
    for employer in ("某某公司", "市总"):
        with pytest.raises(EmployerOfOtherUnit, match="机械厂工会 is not the union of"):
            take(session, transfer, receiver, reemployment=replace(REEMPLOYED, employer=employer))
    take(session, transfer, receiver, reemployment=replace(REEMPLOYED, employer=" 机械厂工会 "))
    assert transfer.state is TransferState.ACCEPTED


def test_the_new_employers_union_determines_anew_and_finds_out_by_other_bounds_whether_the_household_qualifies(
    session: Session, cast: Cast
) -> None:
    set_line(session, cast)
    receiver, file = make_employers_keeper(session, cast), make_household(session, cast.district, cast.keeper)
    assert file.household is not None
    file.household.hardship_class = HardshipClass.BELOW_WITHOUT_RELIEF
    take(
        session, offer(session, cast, file, cast.workplace, TransferReason.REEMPLOYED), receiver,
        reemployment=REEMPLOYED,
    )  # fmt: skip
    assert is_to_be_determined(session, file, MONDAY)
    assert session.scalars(visible_reviews(receiver.actor)).all() == []
    other = make_household(session, cast.district, cast.keeper, NUMBERS[1], "吴小江")
    set_rule(
        session,
        cast.workplace,
        "subsistence_line",
        "500",
        in_force_from=MONDAY,
        source="厂1号",
        actor=OPERATOR,
        at=NOON,
    )
    take(
        session, offer(session, cast, other, cast.workplace, TransferReason.REEMPLOYED), receiver,
        reemployment=REEMPLOYED,
    )  # fmt: skip
    [review] = session.scalars(visible_reviews(receiver.actor))
    assert (review.file, review.ground) == (other, ReviewGround.MOVED)
    assert "家庭月人均收入 520.00 元，机械厂工会低保标准 500.00 元" in review.found


def test_the_history_of_a_file_is_kept_when_it_passes_on(app: object, session: Session, cast: Cast) -> None:
    file = make_household(session, cast.district, cast.keeper)
    code, receiver = file.code, make_employers_keeper(session, cast)
    take(
        session, offer(session, cast, file, cast.workplace, TransferReason.REEMPLOYED), receiver,
        reemployment=REEMPLOYED,
    )  # fmt: skip
    seal(session)
    assert file.code == code
    keepers = session.scalars(select(Custody.keeper_id).where(Custody.file_id == file.id).order_by(Custody.id)).all()
    assert keepers == [cast.keeper.id, receiver.id]
    entries = session.scalars(select(AuditEntry).where(of_file(file)).order_by(AuditEntry.number)).all()
    with app.test_request_context():  # type: ignore[attr-defined]
        told = tell(session, entries, receiver.actor, on=MONDAY, admitted=True)
    opened = next(one for one, entry in zip(told, entries, strict=True) if entry.action == "file.opened")
    assert opened.subject == code
    assert {detail.value for detail in opened.details} >= {"周大河", "王维"}
    assert {entry.action for entry in entries} >= {"file.opened", "file_transfer.accepted", "file.moved"}
