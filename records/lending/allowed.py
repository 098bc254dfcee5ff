"""What is asked before paper is lent: of the keeper, the copy, the borrower, the days and the request."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Actor, Permission, Role
from classification.rulebook import LENDING_KINDS
from classification.text import Label
from records.files.access import sees
from records.holdings.models import PaperCopy
from records.lending.containment import approval_needs, undecided
from records.lending.errors import (
    UNION_USE_ONLY,
    AccountClosed,
    ApprovalNeeded,
    BorrowerSeesNot,
    CopyMissing,
    LoanTooLong,
    MayNotBorrow,
    OtherUnitsCopy,
    OutsideBorrower,
    PutAsideForAnother,
)
from records.lending.models import LoanRequest, RequestState
from records.lending.queue import aside_of
from rules.services import rulebook
from units.models import Unit


def check_own(copy: PaperCopy, actor: Actor) -> None:
    """Raise OtherUnitsCopy unless the actor lends for the unit that keeps a copy."""
    file = copy.item.file
    if not actor.may(Permission.LEND, file.unit.path):
        raise OtherUnitsCopy(barcode=copy.barcode, unit=file.unit.name)


def check_found(copy: PaperCopy) -> None:
    """Raise CopyMissing where a copy is on record as lost, also when it is brought to the desk (art. 19)."""
    if copy.missing_since is not None:
        raise CopyMissing(barcode=copy.barcode, since=copy.missing_since, case=copy.missing_case)


def check_borrower(to: User) -> None:
    """Raise AccountClosed, OutsideBorrower or MayNotBorrow unless the person may be lent to (art. 17)."""
    if to.closed_at is not None:
        raise AccountClosed(name=to.display_name)
    if to.actor.may(Permission.BORROW):
        return
    if to.actor.holds(Role.INQUIRER):
        raise OutsideBorrower(name=to.display_name, quote=UNION_USE_ONLY.quote)
    raise MayNotBorrow(name=to.display_name)


def longest_days(session: Session, unit: Unit, on: date) -> int:
    """For how many calendar days a unit lends at most, by its rule; each renewal adds as many at most."""
    return rulebook(session, unit, on).whole("loan_days")


def check_days(session: Session, unit: Unit, days: int, on: date) -> None:
    """Raise LoanTooLong unless a loan of the unit may run for so many calendar days."""
    longest = longest_days(session, unit, on)
    if not 1 <= days <= longest:
        raise LoanTooLong(longest=longest)


def request_served(session: Session, copy: PaperCopy, to: User, on: date) -> LoanRequest | None:
    """The request that lending a copy to somebody serves, None where nobody had asked.

    Raises BorrowerSeesNot, asked for or not, PutAsideForAnother, and ApprovalNeeded where the rule of the unit wants
    the leader's and nobody gave it.
    """
    file = copy.item.file
    if not sees(to.actor, file):
        raise BorrowerSeesNot(barcode=copy.barcode, name=to.display_name, code=file.code)
    aside = aside_of(session, copy)
    if aside is not None and aside.request.requester_id != to.id:
        raise PutAsideForAnother(
            barcode=copy.barcode, name=aside.request.requester.display_name, number=aside.request.number
        )
    request = aside.request if aside else session.scalar(
        select(LoanRequest).where(
            LoanRequest.requester_id == to.id,
            LoanRequest.item_id == copy.item_id,
            LoanRequest.state.in_((RequestState.QUEUED, RequestState.READY)),
        )
    )  # fmt: skip
    rule = rulebook(session, file.unit, on).names("loan_approval")
    needs = undecided(request, [copy.item], rule) if request else approval_needs([copy.item], file.unit, to, rule)
    if needs:
        raise ApprovalNeeded(barcode=copy.barcode, name=to.display_name, needs=needs_in_words(needs))
    return request


def needs_in_words(needs: Sequence[str]) -> Label:
    """Why the leader is asked, in words."""
    named = [label for key, label in LENDING_KINDS if key in needs]
    return Label("、".join(label.zh for label in named), ", ".join(label.en for label in named))
