"""What the receiving union finds out of a household: the new employer, and whether it qualifies there (art. 3, 9)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from accounts.roles import Actor
from records.closing.errors import (
    DeterminationMissing,
    DeterminedOutOfTime,
    EmployerOfOtherUnit,
    ReemployedOutOfTime,
)
from records.closing.models import (
    FileTransfer,
    TransferReason,
)
from records.files.living import ReviewGround, WithdrawalReview
from records.files.membership import adjust_household
from records.files.models import File
from records.files.withdrawals import open_review, undecided_review
from records.households.models import Anew, Employment
from records.households.services import determine_anew
from records.workflow.responsibility import is_employers_union
from rules.services import BOUNDS, rulebooks


@dataclass(frozen=True)
class Reemployment:
    """A new employment 再就业: with whom, since when, and what the new unit determined for it and when (art. 9).

    The determination 重新认定 is its own finding that the household is still eligible.
    """

    employer: str
    reemployed_on: date
    determination: str
    determined_on: date


def check_reemployment(transfer: FileTransfer, stated: Reemployment | None, on: date) -> None:
    """See that the determination of a re-employed worker's new union is whole and in order of time (art. 9).

    Raises DeterminationMissing, EmployerOfOtherUnit, ReemployedOutOfTime or DeterminedOutOfTime.
    """
    if transfer.reason is not TransferReason.REEMPLOYED:
        return
    if stated is None or not stated.determination or not stated.employer:
        raise DeterminationMissing(
            name=transfer.title, unit=transfer.to_unit.name, giver=transfer.from_unit.name
        )  # fmt: skip
    if not is_employers_union(transfer.to_unit, stated.employer):
        raise EmployerOfOtherUnit(unit=transfer.to_unit.name, employer=stated.employer)
    if not transfer.file.opened_on <= stated.reemployed_on <= on:
        raise ReemployedOutOfTime(opened_on=transfer.file.opened_on)
    if not stated.reemployed_on <= stated.determined_on <= on:
        raise DeterminedOutOfTime(reemployed_on=stated.reemployed_on)


def employ(session: Session, file: File, stated: Reemployment, *, actor: Actor, on: date) -> None:
    """Say of the household what the determination rests on: employed, and by whom; the paper follows (art. 9, 13)."""
    household = file.household
    assert household is not None  # noqa: S101 - only households are re-employed
    employment = household.employment if household.employment is Employment.MIGRANT else Employment.EMPLOYED
    adjust_household(
        session, file, address=household.address, employment=employment, employer=stated.employer,
        main_cause=household.main_cause, monthly_income_per_head=household.monthly_income_per_head, phone=None,
        actor=actor, on=on,
    )  # fmt: skip


def look_anew(session: Session, transfer: FileTransfer, *, actor: Actor, on: date) -> WithdrawalReview | None:
    """Open the review of a household that passed to another place, with its income and the line there 低保标准.

    Its class is to be determined anew, too. Where the new place has the bounds of the old one, no review is opened,
    unless one of an earlier move is open still; the class of a re-employed worker's household the new employer's union
    determines all the same (art. 9). Of a withdrawn household, which applies there anew, the application finds it out.
    """
    file, places = transfer.file, (transfer.from_unit, transfer.to_unit)
    books = rulebooks(session, places, on)
    was, now = (books[unit.id].bounds if books[unit.id].rulings.keys() >= set(BOUNDS) else None for unit in places)
    if file.household is None or not file.active:
        return None
    same = now is not None and now == was
    if not same or transfer.reason is TransferReason.REEMPLOYED:
        determine_anew(file.household, Anew.MOVED, on)
    if same and undecided_review(session, file, ReviewGround.MOVED) is None:
        return None
    income = file.household.monthly_income_per_head
    known = f"家庭月人均收入 {income:.2f} 元" if income is not None else "家庭月人均收入未登记"
    line = f"低保标准 {now.line:.2f} 元" if now is not None else "低保标准尚未登记"
    found = f"自{transfer.from_unit.name}转入（{transfer.number}），{known}，{transfer.to_unit.name}{line}"
    return open_review(session, file, ReviewGround.MOVED, found, actor=actor, on=on)
