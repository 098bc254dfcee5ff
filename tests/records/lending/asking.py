"""Requests for tests: somebody of the cast asks, the leader decides, the desk hands out."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role, open_account
from classification.rulebook import SECRETS
from records.holdings.models import PaperCopy
from records.lending.approving import decide
from records.lending.containment import Thing
from records.lending.loans import open_loan
from records.lending.models import Loan, LoanRequest
from records.lending.requests import ask, hand_out
from records.lending.services import lend, take_back
from rules.services import set_rule
from tests.cast import MONDAY, NOON, PASSWORD, Cast

ORIGINAL = "original"


def asked(session: Session, thing: Thing, who: User, *, on: date = MONDAY, **how: object) -> LoanRequest:
    """Somebody asks for the paper of a thing for seven days."""
    return ask(
        session, thing, "复核", days=7, actor=who.actor, at=NOON + (on - MONDAY), on=on, **how,  # type: ignore[arg-type]
    )  # fmt: skip


def decided(
    session: Session, request: LoanRequest, by: User, approved: bool = True, *, on: date = MONDAY
) -> LoanRequest:  # fmt: skip
    """Somebody decides on a request."""
    decide(
        session, request, approved=approved, reason=None if approved else "与职责无关", actor=by.actor,
        at=NOON + (on - MONDAY), on=on,
    )  # fmt: skip
    return request


def handed(
    session: Session, request: LoanRequest, cast: Cast, *, on: date = MONDAY, confirmed: bool = False
) -> list[Loan]:  # fmt: skip
    """The desk hands out what is put aside."""
    return hand_out(
        session, request, actor=cast.keeper.actor, at=NOON + timedelta(days=(on - MONDAY).days), on=on,
        confirmed=confirmed,
    )  # fmt: skip


def with_approval(session: Session, cast: Cast, *kinds: str) -> None:
    """The district asks its leader before it lends these kinds."""
    set_rule(
        session, cast.district, "loan_approval", ",".join(SECRETS | set(kinds or (ORIGINAL,))), in_force_from=MONDAY,
        source="东工发〔2026〕3号", actor=OPERATOR, at=NOON,
    )  # fmt: skip
    session.flush()


def another_reader(session: Session, cast: Cast, name: str = "reader2", shown: str = "何借") -> User:
    """A second reader of the district."""
    user = open_account(session, name, shown, PASSWORD, cast.district.path, actor=OPERATOR, at=NOON)
    session.flush()
    grant_role(session, user, Role.READER, cast.district.path, actor=OPERATOR, at=NOON)
    return user


def lent(session: Session, copy: PaperCopy, to: User, cast: Cast, on: date = MONDAY) -> Loan:
    """The desk lends a copy for seven days."""
    return lend(session, copy, to, purpose="复核", days=7, actor=cast.keeper.actor, at=NOON, on=on)


def back(session: Session, copy: PaperCopy, cast: Cast, on: date = MONDAY) -> None:
    """The desk takes a copy back."""
    loan = open_loan(session, copy)
    assert loan is not None
    take_back(session, loan, actor=cast.keeper.actor, at=NOON, on=on)
