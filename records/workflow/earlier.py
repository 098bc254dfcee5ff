"""The withdrawn file of a household that applies again: it is taken up, no second one is opened 返困恢复原档案.

One household, one file (art. 11): the clock of the withdrawal stops at lodgement, and what was noted of it stays on
record (art. 13, 15).
"""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, joinedload

from accounts.roles import Actor
from records.files.applying import application_rule
from records.files.duties import Change, household_changed
from records.files.living import TwinCause
from records.files.models import File, WithdrawalReason
from records.files.services import locked_household
from records.files.withdrawals import restore
from records.households.models import Member, Relation
from records.households.renewing import dissolve, renew
from records.workflow.drafting import statements_of
from records.workflow.errors import EarlierFileElsewhere, EarlierFileKept
from records.workflow.models import UNDER_WAY, Application
from units.models import Unit
from units.services import keep_open
from web.rules import RuleViolation

_CAN_BE_TAKEN_UP = (
    Member.relation == Relation.WORKER,
    Member.left_on.is_(None),
    File.withdrawn_on.is_not(None),
    File.withdrawal_reason != WithdrawalReason.MERGED,
    File.destroyed_on.is_(None),
)


def earlier_file(session: Session, application: Application) -> File | None:
    """The file of the worker of an application that was withdrawn last, if there is one that can be taken up again.

    A file that was joined to another one, and a destroyed one, is not taken up.
    """
    return session.scalar(
        select(File)
        .join(Member, Member.household_id == File.household_id)
        .where(Member.person_id == application.household.worker.person_id, *_CAN_BE_TAKEN_UP)
        .order_by(File.withdrawn_on.desc(), File.id.desc())
        .limit(1)
        .options(joinedload(File.unit))
    )


@application_rule
def no_second_file(
    session: Session, _persons: Collection[int], workers: Collection[int]
) -> Mapping[int, RuleViolation]:  # fmt: skip
    """No worker whose file was withdrawn is entered anew as one from before: that file is taken up (art. 11)."""
    if not workers:
        return {}
    kept = session.execute(
        select(Member, File)
        .join(File, File.household_id == Member.household_id)
        .where(Member.person_id.in_(workers), *_CAN_BE_TAKEN_UP)
        .order_by(File.withdrawn_on, File.id)
        .options(joinedload(File.unit))
    ).unique()
    return {
        member.person_id: EarlierFileKept(
            name=member.person.name, code=file.code, unit=file.unit.name, on=file.withdrawn_on
        )
        for member, file in kept
    }


def waited_for(session: Session, file: File, unit: Unit) -> bool:
    """Whether an application under way in a unit waits for a withdrawn file: its worker is the file's."""
    of_file = aliased(Member)
    applications = session.scalars(
        select(Application)
        .join(Member, Member.household_id == Application.household_id)
        .join(of_file, of_file.person_id == Member.person_id)
        .where(
            Application.unit_id == unit.id,
            Application.state.in_(UNDER_WAY),
            Member.relation == Relation.WORKER,
            of_file.household_id == file.household_id,
            of_file.relation == Relation.WORKER,
        )
    )
    return any(earlier_file(session, each) is file for each in applications.unique())


def check_earlier_here(application: Application, file: File) -> None:
    """Raise EarlierFileElsewhere where another unit keeps the file that the household would be taken up in."""
    if file.unit_id != application.unit_id:
        raise EarlierFileElsewhere(code=file.code, unit=file.unit.name, own=application.unit.name)


def take_up(session: Session, application: Application, file: File, *, actor: Actor, on: date) -> File:
    """Take the household back into help on its own file, which says from now on what the application says.

    The procedure is the second person's check. Raises EarlierFileElsewhere, UnitClosed, AlreadyInActiveFile, or what
    `restore` raises.
    """
    check_earlier_here(application, file)
    keep_open(session, file.unit)
    household, applied = locked_household(session, file), application.household
    renewed = renew(session, household, applied, unit_path=file.unit.path, actor=actor, on=on)
    for row in statements_of(session, application):
        if row.member_id is not None:
            row.member = renewed.members[row.member_id]
    application.household, application.household_id = household, household.id
    session.flush()
    dissolve(session, applied)
    restore(session, file, f"经建档程序（{application.number}）备案，恢复原档案", actor=actor, on=on, today=on)
    changes = [Change(TwinCause.HOUSEHOLD, ",".join(renewed.fields))] if renewed.fields else []
    changes += [Change(TwinCause.MEMBERS, name) for name in renewed.names]
    household_changed(session, file, *changes, actor=actor, on=on)
    return file
