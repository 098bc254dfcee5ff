"""What a decision or a proof rests on is said in a sentence, and which days of withdrawal are backdated (art. 13)."""

from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.services import approvers_of
from records.files.errors import Backdated, DayOfApprover, SaidTooLittle
from records.files.living import TwinCause, TwinChange, TwinDuty, Withdrawal
from records.files.models import Custody, File

LEAST_SAID = 5  # letters, characters and figures; marks are not counted
PLAIN_DAYS = 30

LastDay = Callable[[Session, File], date | None]
_last_helps: list[LastDay] = []
_last_confirmed: list[LastDay] = []


def last_help(rule: LastDay) -> LastDay:
    """Register how a later room finds the day on which the household of a file received help last, None if never."""
    _last_helps.append(rule)
    return rule


def confirms_in_help(rule: LastDay) -> LastDay:
    """Register how a later room finds the day on which a household was last confirmed as in help, None if never."""
    _last_confirmed.append(rule)
    return rule


def check_said(text: str | None, field: str, *, article: int = 13) -> None:
    """Raise SaidTooLittle beside the field unless the text is a sentence of LEAST_SAID characters at least.

    `article` is the one that asks for the grounds.
    """
    if sum(map(str.isalnum, text or "")) < LEAST_SAID:
        raise SaidTooLittle(field=field, article=article, least=LEAST_SAID)


def plain_since(file: File, today: date) -> date:
    """The first day as of which a withdrawal is not backdated 倒签.

    It is the day of the last change, or the day PLAIN_DAYS ago: the later one.
    """
    return max(file.changed_on, today - timedelta(days=PLAIN_DAYS))


def plainly_corrected_since(session: Session, file: File, wrong: Withdrawal) -> date:
    """The first day to which a withdrawal is put back without being backdated: the bound of the day it was noted on.

    The withdrawal is no change of its household; a correction that was corrected itself counts from its own day, so
    that many small steps lead no further than one.
    """
    changed = session.scalar(
        select(func.max(TwinChange.changed_on))
        .join(TwinDuty, TwinDuty.id == TwinChange.duty_id)
        .where(
            TwinDuty.file_id == file.id,
            TwinChange.cause.in_((TwinCause.HOUSEHOLD, TwinCause.MEMBERS, TwinCause.WORKER)),
        )
    )
    plain = wrong.noted_on - timedelta(days=PLAIN_DAYS)
    return max(plain, changed or plain)


def last_helped(session: Session, file: File) -> date | None:
    """The day of the last help on record that counts; no withdrawal is dated before it."""
    return max((on for rule in _last_helps if (on := rule(session, file)) is not None), default=None)


def last_confirmed(session: Session, file: File) -> date | None:
    """The last day on which several people of a union signed that the household is in help; no withdrawal is before."""
    return max((on for rule in _last_confirmed if (on := rule(session, file)) is not None), default=None)


def check_backdating(
    session: Session,
    file: File,
    since: date,
    on: date,
    grounds: str | None,
    actor: Actor,
    *,
    said_in: str = "remarks",
) -> None:
    """See that a backdated withdrawal is decided by an approver of the unit who never kept the file, with grounds.

    `said_in` is the input of the grounds. Raises Backdated or SaidTooLittle.
    """
    if not decides_days(session, file, actor):
        raise Backdated(on=on, since=since, days=PLAIN_DAYS, unit=file.unit.name)
    check_said(grounds, said_in)


def decides_days(session: Session, file: File, actor: Actor) -> bool:
    """Whether the actor decides on a backdated day of a file: an approver of its unit who never kept it."""
    kept = select(Custody.id).where(Custody.file_id == file.id, Custody.keeper_id == actor.user_id).limit(1)
    return actor.may(Permission.APPROVE, file.unit.path) and session.scalar(kept) is None


def check_day_of_approver(
    session: Session, file: File, wrong: Withdrawal, grounds: str | None, actor: Actor
) -> None:  # fmt: skip
    """See that a day on which an approver decided is corrected by an approver too, with grounds.

    Raises DayOfApprover or SaidTooLittle.
    """
    if not decides_days(session, file, actor):
        raise DayOfApprover(on=wrong.withdrawn_on, noted_on=wrong.noted_on, unit=file.unit.name)
    check_said(grounds, "correction")


def nobody_decides_days(session: Session, file: File) -> bool:
    """Whether the unit of a file has no approver who never kept it: the role has to be granted first."""
    kept = select(Custody.keeper_id).where(Custody.file_id == file.id)
    return session.scalar(approvers_of(file.unit.path).where(User.id.not_in(kept)).limit(1)) is None
